/**
 * The letters of a text that so far was a plain string. Whoever first types into it turns the string into letters, and
 * two may do so at the same time: both must make the very same letters. So these get an author of their own, whose
 * number follows from the string and its element: what both write is one update, byte for byte.
 */
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';
import type { Entry } from './entry';

/** How the format of updates writes what it is about to say of an item. */
const PARENT_IS_ITEM = 0;
const HAS_KEY = 0x20;
const CONTENT_STRING = 4;
const CONTENT_TYPE = 7;
const TYPE_TEXT = 2;

/** Puts `string` as letters under `key`. Null if their author has written already, so that there is nothing to be made the same. */
export function seed(entry: Entry, key: string, string: string): Y.Text | null {
  const { doc, _item: item } = entry;
  if (!doc || !item) return null;
  const author = authorOf(item.id, string);
  if (Y.getState(doc.store, author) > 0) return null;
  Y.applyUpdate(doc, updateOf(item.id, author, key, string));
  // What is going on besides was done here, though an update was part of it; else Yjs takes itself for a stranger.
  if (doc._transaction) doc._transaction.local = true;
  const made = entry.get(key);
  return made instanceof Y.Text ? made : null;
}

function updateOf(parent: Y.ID, author: number, key: string, string: string): Uint8Array {
  const encoder = encoding.createEncoder();
  const uint = (...numbers: number[]) => numbers.forEach((number) => encoding.writeVarUint(encoder, number));
  uint(1, string === '' ? 1 : 2, author, 0);
  encoding.writeUint8(encoder, CONTENT_TYPE | HAS_KEY);
  uint(PARENT_IS_ITEM, parent.client, parent.clock);
  encoding.writeVarString(encoder, key);
  uint(TYPE_TEXT);
  if (string !== '') {
    encoding.writeUint8(encoder, CONTENT_STRING);
    uint(PARENT_IS_ITEM, author, 0);
    encoding.writeVarString(encoder, string);
  }
  // Nothing is deleted.
  uint(0);
  return encoding.toUint8Array(encoder);
}

/** FNV-1a over the element and the string; client ids have 32 bits. */
function authorOf({ client, clock }: Y.ID, string: string): number {
  let hash = 0x811c9dc5;
  for (const unit of `${client}:${clock}:${string}`) hash = Math.imul(hash ^ unit.codePointAt(0)!, 0x01000193) >>> 0;
  return hash || 1;
}
