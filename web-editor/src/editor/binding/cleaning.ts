/**
 * Formats that no letter needs any more are deleted behind what others did, as Yjs does it. From each deleted item on, Yjs looks
 * for the next letter anew: with formats anywhere in the text ten seconds for ten thousand lines. Here each gap is looked through once.
 */
import * as Y from 'yjs';
import { eachNew } from './touched';

/** Instead of what Yjs would do behind this transaction. */
export function cleanFormats(transaction: Y.Transaction): void {
  if (!transaction._needFormattingCleanup) return;
  transaction._needFormattingCleanup = false;
  // Where formats came or went, the whole text.
  const whole = new Set<Y.Text>();
  const gone: Y.Item[] = [];
  const isFormat = ({ content }: Y.Item) => content instanceof Y.ContentFormat;
  eachNew(transaction, (item) => !item.deleted && isFormat(item) && whole.add(item.parent as Y.Text));
  Y.iterateDeletedStructs(transaction, transaction.deleteSet, (struct) => {
    if (!(struct instanceof Y.Item) || !(struct.parent as Y.Text)._hasFormatting) return;
    if (isFormat(struct)) whole.add(struct.parent as Y.Text);
    else gone.push(struct);
  });
  transaction.doc.transact((cleaning) => {
    const seen = new Set<Y.Item>();
    for (const item of gone) if (!seen.has(item) && !whole.has(item.parent as Y.Text)) cleanGap(item, seen, cleaning);
    for (const text of whole) Y.cleanupYTextFormatting(text);
  });
}

/** Of several formats of one name between two letters only the last counts. */
function cleanGap(item: Y.Item, seen: Set<Y.Item>, cleaning: Y.Transaction): void {
  let last = item;
  while (last.right && isNoLetter(last.right)) last = last.right;
  const names = new Set<string>();
  for (let at: Y.Item | null = last; at && isNoLetter(at); at = at.left) {
    seen.add(at);
    if (at.deleted || !(at.content instanceof Y.ContentFormat)) continue;
    if (names.has(at.content.key)) at.delete(cleaning);
    else names.add(at.content.key);
  }
}

function isNoLetter({ deleted, countable }: Y.Item): boolean {
  return deleted || !countable;
}
