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

export function bindTitle({ field, session, leave, edited }: TitleOptions): void {
  const title = titleOf(session.doc);
  const origin = {};
  const undo = new Y.UndoManager(title, { trackedOrigins: new Set([origin]) });
  let composing = false;

  const show = () => {
    const text = title.toString();
    document.title = `${text.trim() || UNTITLED} · Weft`;
    if (composing || field.value === text) return;
    const [start, end] = [field.selectionStart, field.selectionEnd].map((at) => movedCaret(at, field.value, text));
    field.value = text;
    if (document.activeElement === field) field.setSelectionRange(start!, end!);
    fit(field);
  };
  const write = () => {
    const line = field.value.replace(/[\r\n]+/g, ' ').slice(0, TITLE_MAX);
    if (line !== field.value) field.value = line;
    fit(field);
    editTitle(title, line, origin);
    edited();
  };

  title.observe(show);
  field.addEventListener('input', () => composing || write());
  field.addEventListener('compositionstart', () => (composing = true));
  field.addEventListener('compositionend', () => {
    composing = false;
    write();
    show();
  });
  field.addEventListener('keydown', (event) => {
    if (event.isComposing) return;
    const move = historyMove(event);
    if (move && !field.readOnly) {
      undo[move]();
      edited();
    } else if (event.key === 'Enter' || (event.key === 'ArrowDown' && field.selectionEnd === field.value.length)) leave();
    else return;
    event.preventDefault();
  });
  addEventListener('resize', () => fit(field));
  show();
  fit(field);
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
