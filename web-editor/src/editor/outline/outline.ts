/** The panel with the document's headings; the one that is being read or written is marked. */
import type { Editor } from '@tiptap/core';
import type { Node } from '@tiptap/pm/model';
import { el } from '../../page/dom';
import { closePanel, isPanelOpen, togglePanel, type PanelContent } from '../../page/panel';
import { depths, headingAt, headingsAgain, headingsOf, type Heading } from './headings';

const ID = 'outline';
const READING_LINE_PX = 48;

export class Outline {
  readonly #editor: Editor;
  readonly #list = el('ul', { class: 'outline' });
  readonly #empty = el('p', { class: 'outline-empty' }, 'Headings you add will appear here.');
  readonly #content: PanelContent = {
    id: ID,
    title: 'Outline',
    body: el('nav', { 'aria-label': 'Outline' }, this.#list, this.#empty),
    opened: () => this.#render(),
    focus: () => this.#list.querySelector('button'),
  };
  #headings: Heading[] = [];
  #doc: Node | null = null;
  #frame = 0;

  constructor(editor: Editor, signal: AbortSignal) {
    this.#editor = editor;
    editor.on('transaction', () => this.#schedule());
    addEventListener('scroll', () => this.#schedule(), { passive: true, signal });
    signal.addEventListener('abort', () => isPanelOpen(ID) && togglePanel(this.#content));
  }

  toggle(): void {
    togglePanel(this.#content);
  }

  #schedule(): void {
    if (!isPanelOpen(ID)) return;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.#editor.isDestroyed) this.#render();
    });
  }

  #render(): void {
    const { doc } = this.#editor.state;
    const before = this.#doc;
    if (doc !== before) {
      this.#doc = doc;
      const next = before ? headingsAgain(this.#headings, before, doc) : headingsOf(doc);
      const same = next.length === this.#headings.length && next.every(({ text, level }, index) => text === this.#headings[index]!.text && level === this.#headings[index]!.level);
      this.#headings = next;
      if (!same || this.#list.childElementCount !== next.length) this.#fill();
    }
    const here = this.#here();
    [...this.#list.querySelectorAll('button')].forEach((button, index) => {
      if (index === here) button.setAttribute('aria-current', 'location');
      else button.removeAttribute('aria-current');
    });
  }

  #fill(): void {
    const depth = depths(this.#headings);
    this.#empty.hidden = this.#headings.length > 0;
    this.#list.replaceChildren(...this.#headings.map(({ text }, index) =>
      el('li', { style: `--depth: ${depth[index]}` }, el('button', { type: 'button', class: 'outline-item', dir: 'auto', onclick: () => this.#go(index) }, text || 'Untitled heading')),
    ));
  }

  #go(index: number): void {
    const heading = this.#headings[index];
    const dom = heading && this.#editor.view.nodeDOM(heading.position);
    if (!heading || !(dom instanceof HTMLElement)) return;
    // On a narrow screen the panel covers the text.
    if (matchMedia('(max-width: 899px)').matches) closePanel();
    this.#editor.commands.setTextSelection(heading.position + 1);
    const smooth = !matchMedia('(prefers-reduced-motion: reduce)').matches;
    dom.scrollIntoView({ block: 'start', behavior: smooth ? 'smooth' : 'instant' });
  }

  /** Under which heading the caret is, or while only reading what is at the top of the window. */
  #here(): number {
    const { view, isFocused, state } = this.#editor;
    if (isFocused) return headingAt(this.#headings, state.selection.from);
    const line = (document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0) + READING_LINE_PX;
    // They stand one below the other, and asking each for its place would lay out the page for every key.
    let [low, high] = [0, this.#headings.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      const dom = view.nodeDOM(this.#headings[middle]!.position);
      if (dom instanceof HTMLElement && dom.getBoundingClientRect().top <= line) low = middle + 1;
      else high = middle;
    }
    return low - 1;
  }
}
