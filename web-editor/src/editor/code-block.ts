/** Code blocks with the name of their language and a button that copies them. */
import type { NodeViewRendererProps } from '@tiptap/core';
import { CodeBlock as Basic } from '@tiptap/extension-code-block';
import type { Node as ProseNode } from '@tiptap/pm/model';
import type { NodeView, ViewMutationRecord } from '@tiptap/pm/view';
import { el, icon } from '../page/dom';
import { toast } from '../page/toast';

const COPY = ['M7.5 7.5h8v8h-8z', 'M12.5 7.5v-3h-8v8h3'];
const LANGUAGE_MAX = 30;

export const CodeBlock = Basic.extend({
  addNodeView() {
    return (props) => new CodeView(props);
  },
}).configure({ enableTabIndentation: true, tabSize: 2 });

class CodeView implements NodeView {
  readonly dom = el('div', { class: 'code' });
  readonly contentDOM = el('code', { spellcheck: 'false' });
  readonly #head = el('div', { class: 'code-head', contenteditable: 'false' });
  readonly #language: HTMLInputElement;
  #node: ProseNode;

  constructor({ node, editor, getPos }: NodeViewRendererProps) {
    this.#node = node;
    this.#language = el('input', { type: 'text', class: 'code-language', 'aria-label': 'Language of the code', placeholder: 'Language', maxlength: LANGUAGE_MAX, autocomplete: 'off', autocapitalize: 'off', spellcheck: 'false' });
    this.#language.addEventListener('change', () => {
      const at = getPos();
      const language = this.#language.value.trim().replace(/[^\w+#-]/g, '').slice(0, LANGUAGE_MAX).toLowerCase() || null;
      if (at !== undefined && editor.isEditable) editor.view.dispatch(editor.state.tr.setNodeAttribute(at, 'language', language));
      this.#render();
    });
    this.#language.addEventListener('keydown', (event) => {
      if (event.key !== 'Enter' && event.key !== 'Escape') return;
      event.preventDefault();
      this.#language.blur();
      editor.view.focus();
    });
    // Reading only, the field is a label.
    this.#language.addEventListener('focus', () => (this.#language.readOnly = !editor.isEditable));
    const copy = () => navigator.clipboard.writeText(this.#node.textContent).then(() => toast('Code copied'), () => toast('The browser did not allow copying.', { tone: 'error' }));
    this.#head.append(this.#language, el('button', { type: 'button', class: 'tool', 'aria-label': 'Copy code', title: 'Copy code', onclick: copy, onmousedown: (event: MouseEvent) => event.preventDefault() }, icon(...COPY)));
    this.dom.append(this.#head, el('pre', {}, this.contentDOM));
    this.#render();
  }

  update(node: ProseNode): boolean {
    if (node.type !== this.#node.type) return false;
    this.#node = node;
    this.#render();
    return true;
  }

  stopEvent(event: Event): boolean {
    return event.target instanceof Node && this.#head.contains(event.target);
  }

  ignoreMutation(mutation: ViewMutationRecord): boolean {
    return mutation.type !== 'selection' && !this.contentDOM.contains(mutation.target);
  }

  #render(): void {
    const { language } = this.#node.attrs;
    const name = typeof language === 'string' ? language.slice(0, LANGUAGE_MAX) : '';
    if (document.activeElement !== this.#language) this.#language.value = name;
    this.dom.toggleAttribute('data-language', name !== '');
  }
}
