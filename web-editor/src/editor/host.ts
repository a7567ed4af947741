/**
 * Holds the editor and replaces it when the document turns out to hold content its schema lacks. Looks at every change before
 * the binding does, because the binding deletes what it cannot build.
 */
import type { Editor } from '@tiptap/core';
import { relativePositionToAbsolutePosition, ySyncPluginKey } from '@tiptap/y-tiptap';
import * as Y from 'yjs';
import type { Session } from '../session/session';
import { BODY, createEditor, ownSchema, type Making } from './editor';
import { Survey } from './foreign/survey';
import { plainText } from './foreign/plain';

export interface HostOptions extends Omit<Making, 'survey'> {
  /** Builds what works on the editor; all of it ends with the signal. */
  mounted: (editor: Editor, signal: AbortSignal) => void;
  /** The content cannot be edited here; it is shown as text. */
  unfit: (what: string) => void;
}

export class EditorHost {
  editor: Editor | null = null;
  readonly #options: HostOptions;
  readonly #body: Y.XmlFragment;
  readonly #survey = new Survey(ownSchema());
  #controller = new AbortController();
  #editable = false;

  constructor(options: HostOptions) {
    this.#options = options;
    const { doc } = options.session;
    this.#body = doc.getXmlFragment(BODY);
    this.#survey.look(this.#body);
    doc.on('beforeObserverCalls', (transaction: Y.Transaction) => this.#look(transaction));
    this.#mount();
  }

  setEditable(editable: boolean): void {
    this.#editable = editable;
    const { editor } = this;
    if (!editor || editor.isEditable === editable) return;
    editor.setEditable(editable, false);
    editor.view.dom.setAttribute('aria-readonly', String(!editable));
    // The placeholder and the menus depend on it.
    editor.view.dispatch(editor.state.tr.setMeta('editable', editable));
  }

  /** The content as text, whether or not it can be edited. */
  text(): string {
    return this.editor?.getText({ blockSeparator: '\n\n' }) ?? plainText(this.#body);
  }

  #look(transaction: Y.Transaction): void {
    // What the editor writes is of its own schema.
    if (transaction.origin === ySyncPluginKey || !this.#survey.lookAtChange(transaction)) return;
    const caret = cursorOf(this.#options.session);
    const focused = this.editor?.isFocused ?? false;
    // At once: the binding hears of this transaction next.
    this.#unmount();
    queueMicrotask(() => {
      this.#mount();
      if (this.editor && caret) restore(this.editor, this.#body, caret);
      if (focused) this.editor?.view.focus();
    });
  }

  #mount(): void {
    if (this.editor) return;
    const { element, mounted } = this.#options;
    if (this.#survey.unfit !== null) return this.#showText(this.#survey.unfit);
    this.#controller = new AbortController();
    element.replaceChildren();
    this.editor = createEditor({ ...this.#options, survey: this.#survey }, (what) => {
      this.#survey.unfit ??= what;
      queueMicrotask(() => {
        this.#unmount();
        this.#showText(what);
      });
    });
    if (this.#survey.unfit === null) mounted(this.editor, this.#controller.signal);
    this.setEditable(this.#editable);
  }

  #unmount(): void {
    this.#controller.abort();
    this.editor?.destroy();
    this.editor = null;
  }

  #showText(what: string): void {
    const { element, unfit } = this.#options;
    const show = () => {
      const box = document.createElement('div');
      box.className = 'prose plain';
      box.textContent = plainText(this.#body);
      element.replaceChildren(box);
    };
    this.#body.observeDeep(show);
    show();
    unfit(what);
  }
}

interface Caret {
  anchor: object;
  head: object;
}

function cursorOf({ awareness }: Session): Caret | null {
  const { cursor } = (awareness.getLocalState() ?? {}) as { cursor?: Caret | null };
  return cursor ?? null;
}

function restore(editor: Editor, body: Y.XmlFragment, caret: Caret): void {
  const { doc, binding } = ySyncPluginKey.getState(editor.state);
  const [anchor, head] = [caret.anchor, caret.head].map((position) =>
    relativePositionToAbsolutePosition(doc, body, Y.createRelativePositionFromJSON(position), binding.mapping),
  );
  if (typeof anchor === 'number' && typeof head === 'number') editor.commands.setTextSelection({ from: Math.min(anchor, head), to: Math.max(anchor, head) });
}
