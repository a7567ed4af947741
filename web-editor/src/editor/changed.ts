/** What differs between two states of a document, by whole top-level blocks. Blocks that stay the same are the same objects. Pure. */
import type { Node } from '@tiptap/pm/model';

export interface Changed {
  /** The same in both. */
  from: number;
  beforeTo: number;
  afterTo: number;
}

export function changed(before: Node, after: Node): Changed {
  const shared = Math.min(before.childCount, after.childCount);
  let [first, last, from, same] = [0, 0, 0, 0];
  for (; first < shared && before.child(first) === after.child(first); first += 1) from += before.child(first).nodeSize;
  for (; last < shared - first; last += 1) {
    const block = before.child(before.childCount - 1 - last);
    if (block !== after.child(after.childCount - 1 - last)) break;
    same += block.nodeSize;
  }
  return { from, beforeTo: before.content.size - same, afterTo: after.content.size - same };
}

/** What was found in the document before, brought up to date: only what changed is looked through again. */
export function refreshed<T>(found: readonly T[], { from, beforeTo, afterTo }: Changed, at: (one: T) => number, moved: (one: T, by: number) => T, look: (from: number, to: number) => T[]): T[] {
  const first = lowest(found, from, at);
  const rest = lowest(found, beforeTo, at);
  const by = afterTo - beforeTo;
  const behind = by === 0 ? found.slice(rest) : found.slice(rest).map((one) => moved(one, by));
  return [...found.slice(0, first), ...look(from, afterTo), ...behind];
}

/** The first that stands at or behind a position. */
function lowest<T>(found: readonly T[], position: number, at: (one: T) => number): number {
  let [low, high] = [0, found.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (at(found[middle]!) < position) low = middle + 1;
    else high = middle;
  }
  return low;
}
