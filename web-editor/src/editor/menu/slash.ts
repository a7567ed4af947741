/** The slash menu: typed at the start of a block or after a space, filtered by what follows, gone without a trace. */
import { Extension, type Editor } from '@tiptap/core';
import { Plugin, PluginKey, type EditorState } from '@tiptap/pm/state';
import { matchingBlocks, type Block } from '../blocks';
import { el, icon } from '../../page/dom';
import { follow, place } from './floating';

const QUERY_MAX = 24;
const TYPED = /(?:^|\s)\/([\p{L}\p{N}\-#>[\]`.]*)$/u;

export interface SlashMatch {
  from: number;
  to: number;
  query: string;
}

/** The slash and what follows it before the caret; null where none belongs. */
export function slashMatch(state: EditorState): SlashMatch | null {
  const { $from, empty } = state.selection;
  const { parent } = $from;
  if (!empty || !parent.isTextblock || parent.type.spec.code) return null;
  if (($from.marks() ?? []).some((mark) => mark.type.spec.code)) return null;
  const start = Math.max(0, $from.parentOffset - QUERY_MAX - 2);
  const before = parent.textBetween(start, $from.parentOffset, undefined, '\ufffc');
  const query = TYPED.exec(before)?.[1];
  // The cut must not make a slash look as if it stood at the start.
  if (query === undefined || (start > 0 && query.length >= QUERY_MAX)) return null;
  return { from: $from.pos - query.length - 1, to: $from.pos, query };
}

export const SlashMenu = Extension.create({
  name: 'slashMenu',
  // Before the keys of lists and tables.
  priority: 1100,

  addProseMirrorPlugins() {
    const { editor } = this;
    let menu: Menu | null = null;
    return [
      new Plugin({
        key: new PluginKey('slashMenu'),
        view: () => {
          menu = new Menu(editor);
          return { update: () => menu?.update(), destroy: () => menu?.close() };
        },
        props: {
          handleTextInput: (_view, _from, _to, text) => {
            if (text === '/') menu?.arm();
            return false;
          },
          handleKeyDown: (_view, event) => menu?.key(event) ?? false,
          handleDOMEvents: {
            blur: () => {
              menu?.close();
              return false;
            },
          },
        },
      }),
    ];
  },
});

class Menu {
  readonly #editor: Editor;
  readonly #list = el('div', { class: 'float slash-menu', role: 'listbox', id: 'slash-menu', 'aria-label': 'Insert', tabindex: 0 });
  #open: AbortController | null = null;
  /** A slash was typed just now; menus do not open for slashes that stood there before. */
  #armed = false;
  #blocks: Block[] = [];
  #at = 0;

  constructor(editor: Editor) {
    this.#editor = editor;
    this.#list.addEventListener('mousedown', (event) => event.preventDefault());
  }

  arm(): void {
    this.#armed = true;
  }

  /** After every transaction; somebody else's may have moved the slash. */
  update(): void {
    if (!this.#armed && !this.#open) return;
    const match = this.#editor.isEditable ? slashMatch(this.#editor.state) : null;
    if (!match) return this.#armed && !this.#open ? undefined : this.close();
    const blocks = matchingBlocks(match.query);
    if (blocks.length === 0) return this.#hide();
    this.#armed = false;
    this.#show(blocks);
  }

  key(event: KeyboardEvent): boolean {
    if (!this.#open || this.#list.hidden || event.isComposing) return false;
    const last = this.#blocks.length - 1;
    const at = { ArrowDown: this.#at === last ? 0 : this.#at + 1, ArrowUp: this.#at === 0 ? last : this.#at - 1, PageDown: last, PageUp: 0 }[event.key];
    if (at !== undefined) this.#select(at);
    else if (event.key === 'Enter' || event.key === 'Tab') this.#choose(this.#blocks[this.#at]!);
    else if (event.key === 'Escape') this.close();
    else return false;
    event.preventDefault();
    return true;
  }

  close(): void {
    this.#armed = false;
    this.#open?.abort();
    this.#open = null;
    this.#list.remove();
    this.#describe(null);
  }

  #hide(): void {
    this.#list.hidden = true;
    this.#describe(null);
  }

  #show(blocks: Block[]): void {
    if (!this.#open) {
      this.#open = new AbortController();
      document.body.append(this.#list);
      follow(() => this.#place(), this.#open.signal);
    }
    const same = blocks.length === this.#blocks.length && blocks.every((block, index) => block === this.#blocks[index]);
    this.#blocks = blocks;
    if (!same || this.#list.childElementCount === 0) {
      this.#list.replaceChildren(...blocks.map((block) => this.#option(block)));
      this.#at = 0;
    }
    this.#list.hidden = false;
    this.#select(this.#at);
    this.#place();
  }

  #option(block: Block): HTMLElement {
    const option = el('div', { class: 'slash-option', role: 'option', id: `slash-${block.id}`, 'aria-selected': 'false' },
      icon(...block.icon),
      el('span', { class: 'slash-name' }, block.name),
      el('span', { class: 'slash-hint' }, block.hint),
    );
    option.addEventListener('click', () => this.#choose(block));
    option.addEventListener('pointermove', () => this.#select(this.#blocks.indexOf(block)));
    return option;
  }

  #select(index: number): void {
    this.#at = index;
    [...this.#list.children].forEach((option, at) => option.setAttribute('aria-selected', String(at === index)));
    const option = this.#list.children[index];
    option?.scrollIntoView({ block: 'nearest' });
    this.#describe(option?.id ?? null);
  }

  #choose(block: Block): void {
    const match = slashMatch(this.#editor.state);
    this.close();
    if (match) block.run(this.#editor.chain().focus(undefined, { scrollIntoView: false }).deleteRange(match)).run();
  }

  #place(): void {
    const match = slashMatch(this.#editor.state);
    if (!match) return;
    const { left, top, bottom } = this.#editor.view.coordsAtPos(match.from);
    place(this.#list, new DOMRect(left, top, 0, bottom - top), 'below');
  }

  /** The focus stays in the text; this says which option the keys are on. */
  #describe(option: string | null): void {
    const text = this.#editor.view.dom;
    if (option === null) for (const name of ['aria-activedescendant', 'aria-controls', 'aria-haspopup']) text.removeAttribute(name);
    else for (const [name, value] of [['aria-activedescendant', option], ['aria-controls', 'slash-menu'], ['aria-haspopup', 'listbox']] as const) text.setAttribute(name, value);
  }
}
