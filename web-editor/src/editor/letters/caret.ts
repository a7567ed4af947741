/** Whether a caret, or a selection, is where it was after others' changes came in. */
import type { EditorState } from '@tiptap/pm/state';
import { TextSelection } from '@tiptap/pm/state';
import { Reading, lettersBeside, lettersSelected } from './reading';

export type CaretVerdict = 'kept' | 'moved' | 'pushed' | 'unknown';

interface Held {
  before: Reading;
  left: number[];
  right: number[];
  /** Null for a caret. */
  selected: number[] | null;
}

export function holdCaret({ doc, selection }: EditorState, letters: number): Held | null {
  if (!(selection instanceof TextSelection)) return null;
  const selected = selection.empty ? null : lettersSelected(doc, selection);
  return { before: Reading.of(doc, letters), ...lettersBeside(doc, selection.head), selected };
}

export function judgeCaret(held: Held, { doc, selection }: EditorState, letters: number): CaretVerdict {
  const after = Reading.of(doc, letters);
  if (held.selected) return judgeSelection(held, held.selected, after, lettersSelected(doc, selection));
  const left = held.left.find((letter) => after.has(letter));
  const right = held.right.find((letter) => after.has(letter));
  if (left === undefined && right === undefined) return 'unknown';
  const now = lettersBeside(doc, selection.head);
  if (!selection.empty) return 'moved';
  const old = (letter: number) => held.before.has(letter);
  if (left === undefined) return now.right[0] === right || (now.right.find(old) === right && !now.left.some(old)) ? 'kept' : 'moved';
  if (now.left[0] === left) return 'kept';
  // Only new letters came between: those that somebody wrote at the very place of the caret.
  if (now.left.find(old) !== left) return left !== held.left[0] && right !== undefined && now.right[0] === right ? 'kept' : 'moved';
  return left === held.left[0] ? 'pushed' : 'kept';
}

/** The selection keeps its letters. New ones may have come in between them, not at its ends. */
function judgeSelection({ before }: Held, selected: number[], after: Reading, now: number[]): CaretVerdict {
  const left = selected.filter((letter) => after.has(letter));
  if (left.length === 0) return 'unknown';
  const kept = now.filter((letter) => before.has(letter));
  const same = kept.length === left.length && kept.every((letter, index) => letter === left[index]);
  if (!same) return 'moved';
  const grown = !before.has(now[0]!) || !before.has(now.at(-1)!);
  return grown && left.length === selected.length ? 'pushed' : 'kept';
}
