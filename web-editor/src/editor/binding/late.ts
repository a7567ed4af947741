/**
 * What an old page, or another app, still writes into the tree after the text became flat: its new letters are brought over, next to
 * those they were written behind. Nothing is taken away: what such a page deletes or moves stays as it is in the text.
 */
import type { Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';
import { BODY, FORMAT, isBlockMark, mapIn, TEXT } from './format';
import { blocksOf, mapOf, nameOf, SEEN, seenOf, WAS, type TreeBlock } from './legacy';

/** Letters before a place by which it is found again. */
const CONTEXT_CHARS = 24;

/** Longer blocks are not compared letter by letter; what is new then is a block of its own. */
const LIKE_CHARS_MAX = 2_000;

/** A block of the text: where its letters begin, and what they are. */
interface FlatBlock {
  readonly mark: Y.Map<unknown>;
  readonly start: number;
  readonly text: string;
}

/** Whether the tree holds letters that the text has not. */
export function isLate(doc: Y.Doc): boolean {
  const seen = clocks(doc.getMap(FORMAT).get(SEEN));
  return seen !== null && doc.share.has(BODY) && Object.entries(seenOf(doc.getXmlFragment(BODY))).some(([client, clock]) => clock > (seen[client] ?? 0));
}

/** Brings over what is late. */
export function bringOver(doc: Y.Doc, schema: Schema, origin: unknown): void {
  const format = doc.getMap(FORMAT);
  const seen = clocks(format.get(SEEN));
  const tree = doc.getXmlFragment(BODY);
  if (!seen) return;
  doc.transact((transaction) => {
    transaction.meta.set('addToHistory', false);
    let before: TreeBlock | null = null;
    for (const block of blocksOf(tree, schema)) {
      if (block.element) bring(doc, tree, block, before, (item) => item.id.clock >= (seen[item.id.client] ?? 0));
      before = block.element ? block : before;
    }
    format.set(SEEN, seenOf(tree));
  }, origin);
}

function bring(doc: Y.Doc, tree: Y.XmlFragment, block: TreeBlock, before: TreeBlock | null, isNew: (item: Y.Item) => boolean): void {
  const element = block.element!;
  const runs = runsOf(element, isNew);
  if (!runs.some((run) => run.isNew && run.text !== '')) return;
  const text = doc.getText(TEXT);
  const whole = runs.map((run) => run.text).join('');
  const flat = blocksIn(text);
  const same = flat.find(({ mark }) => mark.get(WAS) === nameOf(element._item!.id));
  if (same) return insertRuns(text, same.mark, runs);
  const heir = flat.find(({ mark, text: old }) => old !== '' && isGone(tree, mark.get(WAS)) && isLike(old, whole));
  if (heir) return succeed(text, heir, block, whole);
  const after = before && flat.find(({ mark }) => mark.get(WAS) === nameOf(before.element!._item!.id));
  const at = after ? after.start + after.text.length : text.length;
  text.insertEmbed(at, mapOf(block.mark));
  text.insert(at + 1, whole, {});
}

/** An old page writes a change of kind as another element with the same letters: the block becomes that. */
function succeed(text: Y.Text, { mark, start, text: old }: FlatBlock, block: TreeBlock, whole: string): void {
  for (const key of [...mark.keys()]) if (key !== 'inline' && !block.mark.some(([name]) => name === key)) mark.delete(key);
  for (const [key, value] of block.mark) mark.set(key, value);
  // From the end, so that the places before stay true.
  for (const { at, added } of additions(old, whole).reverse()) text.insert(start + at, added, {});
}

/** Half of the letters in one piece. */
function isLike(old: string, whole: string): boolean {
  if (old.length > LIKE_CHARS_MAX || whole.length > LIKE_CHARS_MAX) return false;
  const half = Math.ceil(old.length / 2);
  for (let from = 0; from + half <= old.length; from += 1) if (whole.includes(old.slice(from, from + half))) return true;
  return false;
}

/** What of `whole` is not in `old`, and behind which of its letters it stands; by their longest common row of letters. */
function additions(old: string, whole: string): { at: number; added: string }[] {
  const width = whole.length + 1;
  const common = new Uint16Array((old.length + 1) * width);
  for (let a = old.length - 1; a >= 0; a -= 1) {
    for (let b = whole.length - 1; b >= 0; b -= 1) {
      common[a * width + b] = old[a] === whole[b] ? common[(a + 1) * width + b + 1]! + 1 : Math.max(common[(a + 1) * width + b]!, common[a * width + b + 1]!);
    }
  }
  const found: { at: number; added: string }[] = [];
  for (let [a, b] = [0, 0]; b < whole.length; ) {
    if (a < old.length && old[a] === whole[b]) [a, b] = [a + 1, b + 1];
    else if (a < old.length && common[(a + 1) * width + b]! >= common[a * width + b + 1]!) a += 1;
    else {
      const last = found.at(-1);
      if (last?.at === a) last.added += whole[b]!;
      else found.push({ at: a, added: whole[b]! });
      b += 1;
    }
  }
  return found;
}

function insertRuns(text: Y.Text, mark: Y.Map<unknown>, runs: readonly Run[]): void {
  let context = '';
  for (const run of runs) {
    if (run.isNew && run.text !== '') {
      const { start, text: now } = blocksIn(text).find((block) => block.mark === mark)!;
      text.insert(start + placeOf(now, context), run.text, {});
    }
    context = (context + run.text).slice(-CONTEXT_CHARS);
  }
}

/** Behind the longest piece of the context that is there. */
function placeOf(text: string, context: string): number {
  for (let from = 0; from < context.length; from += 1) {
    const found = text.lastIndexOf(context.slice(from));
    if (found >= 0) return found + context.length - from;
  }
  return context === '' ? 0 : text.length;
}

interface Run {
  readonly text: string;
  readonly isNew: boolean;
}

function runsOf(element: Y.XmlElement, isNew: (item: Y.Item) => boolean): Run[] {
  const runs: Run[] = [];
  for (const child of element.toArray()) {
    if (!(child instanceof Y.XmlText)) continue;
    for (let item = child._start; item; item = item.right) {
      if (!item.deleted && item.content instanceof Y.ContentString) runs.push({ text: item.content.str, isNew: isNew(item) });
    }
  }
  return runs;
}

function blocksIn(text: Y.Text): FlatBlock[] {
  const blocks: { mark: Y.Map<unknown>; start: number; text: string }[] = [];
  let at = 0;
  for (let item = text._start; item; item = item.right) {
    if (item.deleted || !item.countable) continue;
    const map = mapIn(item);
    at += item.length;
    if (map && isBlockMark(map)) blocks.push({ mark: map, start: at, text: '' });
    else if (blocks.length > 0) blocks.at(-1)!.text += item.content instanceof Y.ContentString ? item.content.str : '\ufffc'.repeat(item.length);
  }
  return blocks;
}

/** Whether the element with this name was in the tree and is no more. */
function isGone(tree: Y.XmlFragment, name: unknown): boolean {
  const [client, clock] = typeof name === 'string' ? name.split('-').map((part) => Number.parseInt(part, 36)) : [];
  const { store } = tree.doc!;
  if (!Number.isSafeInteger(client) || !Number.isSafeInteger(clock) || Y.getState(store, client!) <= clock!) return false;
  const item = Y.getItem(store, Y.createID(client!, clock!)) as Y.Item | Y.GC;
  return !(item instanceof Y.Item) || item.deleted;
}

function clocks(value: unknown): Record<string, number> | null {
  if (typeof value !== 'object' || value === null) return null;
  return Object.fromEntries(Object.entries(value).filter(([, clock]) => Number.isSafeInteger(clock))) as Record<string, number>;
}
