/** The title field over the text, bound to the shared title. */
import * as Y from 'yjs';
import type { Session } from '../session/session';
import { TITLE_MAX, editTitle, movedCaret, titleOf } from './title-text';

export const UNTITLED = 'Untitled';

export interface TitleOptions {
  field: HTMLTextAreaElement;
  session: Session;
  /** Enter and Down leave the title for the text. */
  leave: () => void;
  /** This person changed the title. */
  edited: () => void;
}

export class TitleField {
  readonly #options: TitleOptions;
  readonly #title: Y.Text;
  /** Marks this field's own edits: only those are undone here. */
  readonly #origin = {};
  readonly #undo: Y.UndoManager;
  #composing = false;

  constructor(options: TitleOptions) {
    this.#options = options;
    this.#title = titleOf(options.session.doc);
    this.#undo = new Y.UndoManager(this.#title, { trackedOrigins: new Set([this.#origin]) });
    this.#title.observe(() => this.#show());
    this.#listen(options.field);
    this.#show();
    fit(options.field);
  }

  #listen(field: HTMLTextAreaElement): void {
    field.addEventListener('input', () => this.#composing || this.#write());
    // An input method rewrites the word it is composing; writing in between would break it off.
    field.addEventListener('compositionstart', () => (this.#composing = true));
    field.addEventListener('compositionend', () => {
      this.#composing = false;
      this.#write();
      this.#show();
    });
    field.addEventListener('keydown', (event) => this.#key(event));
    addEventListener('resize', () => fit(field));
  }

  #show(): void {
    const { field } = this.#options;
    const text = this.#title.toString();
    document.title = `${text.trim() || UNTITLED} · Weft`;
    if (this.#composing || field.value === text) return;
    const [start, end] = [field.selectionStart, field.selectionEnd].map((at) => movedCaret(at, field.value, text));
    field.value = text;
    if (document.activeElement === field) field.setSelectionRange(start!, end!);
    fit(field);
  }

  #write(): void {
    const { field, edited } = this.#options;
    const line = field.value.replace(/[\r\n]+/g, ' ').slice(0, TITLE_MAX);
    if (line !== field.value) field.value = line;
    fit(field);
    editTitle(this.#title, line, this.#origin);
    edited();
  }

  #key(event: KeyboardEvent): void {
    const { field, leave, edited } = this.#options;
    if (event.isComposing) return;
    const move = historyMove(event);
    const atEnd = event.key === 'ArrowDown' && field.selectionEnd === field.value.length;
    if (move && !field.readOnly) {
      this.#undo[move]();
      edited();
    } else if (event.key === 'Enter' || atEnd) leave();
    else return;
    event.preventDefault();
  }
}

function historyMove(event: KeyboardEvent): 'undo' | 'redo' | null {
  if (!(event.ctrlKey || event.metaKey)) return null;
  const key = event.key.toLowerCase();
  if (key === 'z') return event.shiftKey ? 'redo' : 'undo';
  return key === 'y' ? 'redo' : null;
}

/** As high as its text: a long title wraps instead of scrolling. */
function fit(field: HTMLTextAreaElement): void {
  field.style.height = 'auto';
  field.style.height = `${field.scrollHeight}px`;
}
