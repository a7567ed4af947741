/** The find and replace bar under the header. */
import type { Editor } from '@tiptap/core';
import { el, icon } from '../../page/dom';
import { focusText } from '../editor';
import { endSearch, found, replaceAll, replaceOne, search, step } from './find';
import { readCaret } from '../read-caret';

const UP = 'm5 12 5-5 5 5';
const DOWN = 'm5 8 5 5 5-5';
const CROSS = 'm5.5 5.5 9 9M14.5 5.5l-9 9';
const RECOUNT_MS = 150;

export class FindBar {
  readonly #editor: Editor;
  readonly #find = field('Find in document', 'Find');
  readonly #replace = field('Replace with', 'Replace with');
  readonly #count = el('span', { class: 'find-count', role: 'status', 'aria-live': 'polite' });
  readonly #case = toggle('Match case', 'Aa', () => this.#search());
  readonly #word = toggle('Whole words', 'W', () => this.#search());
  readonly #changes: HTMLElement;
  readonly #root: HTMLElement;
  #frame = 0;
  /** What was found right after all were replaced: until it changes, the label says how many that were. */
  #replaced: unknown = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(editor: Editor, signal: AbortSignal) {
    this.#editor = editor;
    const button = (name: string, path: string, run: () => void) => el('button', { type: 'button', class: 'tool', 'aria-label': name, title: name, onclick: run }, icon(path));
    this.#changes = el('div', { class: 'find-row' },
      this.#replace,
      el('button', { type: 'button', class: 'button small', onclick: () => replaceOne(editor, this.#replace.value) }, 'Replace'),
      el('button', { type: 'button', class: 'button small', onclick: () => this.#all() }, 'All'),
    );
    this.#root = el('section', { class: 'find-bar', role: 'search', 'aria-label': 'Find and replace' },
      el('div', { class: 'find-row' }, this.#find, this.#count, this.#case, this.#word,
        button('Previous match', UP, () => step(editor, -1)), button('Next match', DOWN, () => step(editor, 1)), button('Close find', CROSS, () => this.close())),
      this.#changes,
    );
    this.#find.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#search(), RECOUNT_MS);
    });
    this.#root.addEventListener('keydown', (event) => this.#key(event));
    editor.on('transaction', () => this.#schedule());
    signal.addEventListener('abort', () => this.#root.remove());
  }

  get open(): boolean {
    return this.#root.isConnected;
  }

  /** Opens, or comes back, with the selected words. */
  show(): void {
    readCaret(this.#editor);
    const { from, to } = this.#editor.state.selection;
    const chosen = this.#editor.state.doc.textBetween(from, to, '\n');
    if (chosen && chosen.length <= 200 && !chosen.includes('\n')) this.#find.value = chosen;
    this.#changes.hidden = !this.#editor.isEditable;
    document.querySelector('.top')?.after(this.#root);
    this.#root.style.top = `${document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0}px`;
    this.#find.focus();
    this.#find.select();
    this.#search();
  }

  close(): void {
    this.#root.remove();
    endSearch(this.#editor);
    focusText(this.#editor, 'here');
  }

  #search(): void {
    clearTimeout(this.#timer);
    search(this.#editor, { text: this.#find.value, caseSensitive: pressed(this.#case), wholeWord: pressed(this.#word) });
    this.#render();
  }

  #all(): void {
    const count = replaceAll(this.#editor, this.#replace.value);
    if (count === 0) return;
    this.#replaced = found(this.#editor);
    this.#count.textContent = `${count.toLocaleString('en')} replaced`;
  }

  #key(event: KeyboardEvent): void {
    const mod = event.ctrlKey || event.metaKey;
    const next = event.key === 'F3' || (mod && event.key.toLowerCase() === 'g');
    if (event.key === 'Escape') this.close();
    else if (mod && event.key.toLowerCase() === 'f') this.#find.select();
    else if (next || (event.key === 'Enter' && event.target === this.#find)) {
      if (this.#timer) this.#search();
      step(this.#editor, event.shiftKey ? -1 : 1);
    } else if (event.key === 'Enter' && event.target === this.#replace) replaceOne(this.#editor, this.#replace.value);
    else return;
    event.preventDefault();
    event.stopPropagation();
  }

  #schedule(): void {
    if (!this.open) return;
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.#editor.isDestroyed && this.open) this.#render();
    });
  }

  #render(): void {
    const now = found(this.#editor);
    if (now === this.#replaced) return;
    const { matches, at } = now;
    const place = `${(at + 1).toLocaleString('en')} of ${matches.length.toLocaleString('en')}`;
    const text = this.#find.value === '' ? '' : matches.length === 0 ? 'None' : place;
    if (this.#count.textContent !== text) this.#count.textContent = text;
    this.#find.toggleAttribute('data-none', text === 'None');
  }
}

function field(name: string, placeholder: string): HTMLInputElement {
  return el('input', { type: 'text', class: 'find-field', dir: 'auto', 'aria-label': name, placeholder, autocomplete: 'off', spellcheck: 'false', maxlength: 200 });
}

function toggle(name: string, face: string, changed: () => void): HTMLButtonElement {
  const button = el('button', { type: 'button', class: 'tool', 'aria-label': name, title: name, 'aria-pressed': 'false' }, el('span', { class: 'letter', 'aria-hidden': 'true' }, face));
  button.addEventListener('click', () => {
    button.setAttribute('aria-pressed', String(!pressed(button)));
    changed();
  });
  return button;
}

function pressed(button: HTMLElement): boolean {
  return button.getAttribute('aria-pressed') === 'true';
}
