/** The line at the foot of the page: who is typing, and how much there is to read. */
import type { Editor } from '@tiptap/core';
import { el } from '../../page/dom';
import { countNode, countText, readingMinutes, words, type Count } from './count';

/** The number is no news with every letter. */
const REST_MS = 300;

export class Foot {
  readonly #editor: Editor;
  readonly #count: HTMLButtonElement;
  readonly #details = el('dl', { class: 'count-details float', id: 'count-details' });
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(editor: Editor, root: HTMLElement, signal: AbortSignal) {
    this.#editor = editor;
    this.#count = el('button', { type: 'button', class: 'count', 'aria-expanded': 'false', 'aria-controls': 'count-details', title: 'Words, characters and reading time' });
    this.#count.addEventListener('click', () => this.#toggle(this.#details.hidden === true));
    this.#count.addEventListener('mousedown', (event) => event.preventDefault());
    this.#details.hidden = true;
    root.append(this.#details, this.#count);
    document.addEventListener('keydown', (event) => event.key === 'Escape' && this.#toggle(false), { signal });
    editor.on('transaction', ({ transaction }) => {
      if (transaction.docChanged || transaction.selectionSet) this.#schedule();
    });
    signal.addEventListener('abort', () => {
      clearTimeout(this.#timer);
      this.#details.remove();
      this.#count.remove();
    });
    this.#render();
  }

  #toggle(open: boolean): void {
    this.#details.hidden = !open;
    this.#count.setAttribute('aria-expanded', String(open));
  }

  #schedule(): void {
    this.#timer ??= setTimeout(() => {
      this.#timer = undefined;
      if (!this.#editor.isDestroyed) this.#render();
    }, REST_MS);
  }

  #render(): void {
    const { doc, selection } = this.#editor.state;
    const all = countNode(doc);
    const chosen = selection.empty ? null : countText(doc.textBetween(selection.from, selection.to, '\n', '\ufffc'));
    const part = chosen && chosen.words > 0 ? chosen : null;
    const minutes = readingMinutes(all);
    this.#count.textContent = part ? `${part.words.toLocaleString('en')} of ${words(all.words)}` : `${words(all.words)}${minutes ? ` · ${minutes} min read` : ''}`;
    this.#details.replaceChildren(...rows('Document', all), ...(part ? rows('Selection', part) : []));
  }
}

function rows(of: string, count: Count): HTMLElement[] {
  const row = (name: string, value: string) => el('div', {}, el('dt', {}, name), el('dd', {}, value));
  const minutes = readingMinutes(count);
  return [
    el('div', { class: 'count-of' }, el('dt', {}, of), el('dd', {}, '')),
    row('Words', count.words.toLocaleString('en')),
    row('Characters', count.characters.toLocaleString('en')),
    row('Reading time', minutes === 0 ? '–' : `${minutes} min`),
  ];
}
