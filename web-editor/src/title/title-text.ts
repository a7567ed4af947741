/** The title as shared text: a top-level type, so that two people opening a new document cannot each create their own. */
import { simpleDiffString } from 'lib0/diff';
import * as Y from 'yjs';

export const TITLE_MAX = 200;

export function titleOf(doc: Y.Doc): Y.Text {
  return doc.getText('title');
}

/** Makes the shared title equal to `next` with the smallest edit, so that a concurrent edit elsewhere in it survives. */
export function editTitle(title: Y.Text, next: string, origin: unknown): void {
  const { index, remove, insert } = simpleDiffString(title.toString(), next);
  if (remove === 0 && insert === '') return;
  title.doc?.transact(() => {
    title.delete(index, remove);
    title.insert(index, insert);
  }, origin);
}

/**
 * Gives an empty title its first text, from a document that was named outside the editor. Everybody who does so at the
 * same time produces the very same update, so the text cannot appear twice.
 */
export function seedTitle(doc: Y.Doc, text: string): void {
  const seed = new Y.Doc();
  let client = 17;
  for (let at = 0; at < text.length; at += 1) client = (Math.imul(client, 31) + text.charCodeAt(at)) >>> 0;
  seed.clientID = client;
  titleOf(seed).insert(0, text);
  Y.applyUpdate(doc, Y.encodeStateAsUpdate(seed), 'seed');
}

/** Where a caret at `position` is after the text changed from `before` to `after`. */
export function movedCaret(position: number, before: string, after: string): number {
  const { index, remove, insert } = simpleDiffString(before, after);
  if (position <= index) return position;
  return position < index + remove ? index + insert.length : position + insert.length - remove;
}
