/** Where a message is written: Enter sends, Shift+Enter starts a line. */
import { el, icon } from '../page/dom';
import { TEXT_MAX } from './messages';

/** The count of what is left appears when this little is. */
const LEFT_SHOWN = 400;
const SEND = ['M4 10h11M10.500 5.500 15 10l-4.500 4.500'];

export interface ComposerActions {
  /** Whether it was taken; else it stays in the field. */
  send: (text: string) => boolean;
  typed: () => void;
  rested: () => void;
}

export class Composer {
  readonly root: HTMLFormElement;
  readonly #field = el('textarea', { id: 'chat-field', dir: 'auto', rows: 1, maxlength: TEXT_MAX, 'aria-label': 'Message', placeholder: 'Write a message', autocomplete: 'off', spellcheck: 'true' });
  readonly #left = el('span', { class: 'chat-left', 'aria-live': 'polite' });
  readonly #why = el('p', { class: 'chat-why', id: 'chat-why', hidden: true });
  readonly #actions: ComposerActions;
  readonly #row: HTMLElement;

  constructor(actions: ComposerActions) {
    this.#actions = actions;
    const button = el('button', { type: 'submit', class: 'button primary chat-send', 'aria-label': 'Send', title: 'Send (Enter)' }, icon(...SEND));
    this.#row = el('div', { class: 'chat-write' }, this.#field, button);
    this.root = el('form', { class: 'chat-composer', onsubmit: (event: SubmitEvent) => this.#submit(event) }, this.#why, this.#row, this.#left);
    this.#field.addEventListener('input', () => this.#changed());
    this.#field.addEventListener('blur', () => actions.rested());
    this.#field.addEventListener('keydown', (event) => this.#key(event));
  }

  /** What should get the focus when the panel opens; none while nothing can be written. */
  focusable(): HTMLElement | null {
    return this.#row.hidden ? null : this.#field;
  }

  allow(may: boolean, reason: string): void {
    this.#row.hidden = !may;
    this.#why.hidden = may;
    if (this.#why.textContent !== reason) this.#why.textContent = reason;
  }

  #changed(): void {
    const { value } = this.#field;
    const left = TEXT_MAX - value.length;
    this.#left.textContent = left <= LEFT_SHOWN ? `${left} characters left` : '';
    this.#fit();
    if (value.trim()) this.#actions.typed();
    else this.#actions.rested();
  }

  #key(event: KeyboardEvent): void {
    // Enter may still belong to an input method.
    if (event.key !== 'Enter' || event.shiftKey || event.isComposing) return;
    event.preventDefault();
    this.root.requestSubmit();
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    if (!this.#actions.send(this.#field.value)) return;
    this.#field.value = '';
    this.#left.textContent = '';
    this.#fit();
    this.#field.focus();
  }

  #fit(): void {
    this.#field.style.height = 'auto';
    this.#field.style.height = `${this.#field.scrollHeight + 2}px`;
  }
}
