/** What changed between two texts that share nothing but their words. Pure. */
import { Fragment, type Node as ProseNode } from '@tiptap/pm/model';
import type { Built, Change } from './text-nodes';

/** The newer text, with everything in it told as inserted, by whom. */
export function across(old: ProseNode, now: Built): Built {
  const told = new Telling(now);
  const content = told.children(old, now.doc);
  return { doc: now.doc.copy(content), changes: told.changes };
}

/** Old and new children between which nothing is the same. */
interface Gap {
  old: ProseNode[];
  now: ProseNode[];
}

class Telling {
  readonly changes: Change[] = [];
  readonly #inserted: readonly Change[];
  #next = 0;
  /** Where the newer text is read, and where the one that is made is written. */
  #now = 0;
  #at = 0;

  constructor({ changes }: Built) {
    this.#inserted = changes.filter(({ block }) => !block).sort((a, b) => a.from - b.from);
  }

  children(old: ProseNode, now: ProseNode): Fragment {
    const nodes: ProseNode[] = [];
    for (const one of aligned(old, now)) {
      if ('same' in one) {
        nodes.push(this.#same(one.same));
      } else if (one.old.length === one.now.length) {
        one.old.forEach((before, at) => nodes.push(...this.#pair(before, one.now[at]!)));
      } else {
        nodes.push(...one.old.map((node) => this.#deleted(node)), ...one.now.map((node) => this.#added(node)));
      }
    }
    return Fragment.from(nodes);
  }

  #same(node: ProseNode): ProseNode {
    this.#now += node.nodeSize;
    this.#at += node.nodeSize;
    return node;
  }

  /** A block that may have become another. */
  #pair(old: ProseNode, now: ProseNode): ProseNode[] {
    if (key(old) === key(now)) return [this.#same(now)];
    if (old.type === now.type && old.isTextblock) {
      const start = old.content.findDiffStart(now.content);
      const end = old.content.findDiffEnd(now.content);
      if (start !== null && end !== null) {
        const overlap = Math.max(0, start - Math.min(end.a, end.b));
        const kept = start + old.content.size - end.a - overlap;
        if (2 * kept >= Math.min(old.content.size, now.content.size)) return [this.#edited(old, now, start, { a: end.a + overlap, b: end.b + overlap })];
      }
    }
    if (old.type !== now.type || old.isTextblock || old.isLeaf) return [this.#deleted(old), this.#added(now)];
    this.#now += 1;
    this.#at += 1;
    const content = this.children(old, now);
    this.#now += 1;
    this.#at += 1;
    return [now.copy(content)];
  }

  #edited(old: ProseNode, now: ProseNode, start: number, end: { a: number; b: number }): ProseNode {
    const from = this.#at + 1 + start;
    const gone = old.content.cut(start, end.a);
    if (gone.size > 0) this.changes.push({ kind: 'delete', from, to: from + gone.size, who: 0, block: false });
    this.#authors(this.#now + 1 + start, this.#now + 1 + end.b, from + gone.size);
    const node = now.copy(now.content.cut(0, start).append(gone).append(now.content.cut(start)));
    this.#now += now.nodeSize;
    this.#at += node.nodeSize;
    return node;
  }

  #deleted(node: ProseNode): ProseNode {
    const from = this.#at;
    this.#at += node.nodeSize;
    this.changes.push({ kind: 'delete', from, to: this.#at, who: 0, block: true });
    textblocks(node, from, (start, end) => this.changes.push({ kind: 'delete', from: start, to: end, who: 0, block: false }));
    return node;
  }

  #added(node: ProseNode): ProseNode {
    const [from, now] = [this.#at, this.#now];
    this.#at += node.nodeSize;
    this.#now += node.nodeSize;
    const noted = this.changes.length;
    this.#authors(now, this.#now, from);
    this.changes.push({ kind: 'insert', from, to: this.#at, who: this.changes[noted]?.who ?? 0, block: true });
    return node;
  }

  /** Tells who wrote a part of the newer text, at its place in what is made. Asked from the beginning to the end. */
  #authors(from: number, to: number, at: number): void {
    while (this.#next < this.#inserted.length && this.#inserted[this.#next]!.to <= from) this.#next += 1;
    for (let index = this.#next; index < this.#inserted.length && this.#inserted[index]!.from < to; index += 1) {
      const one = this.#inserted[index]!;
      const [start, end] = [Math.max(one.from, from), Math.min(one.to, to)];
      this.changes.push({ kind: 'insert', from: start - from + at, to: end - from + at, who: one.who, block: false });
    }
  }
}

function textblocks(node: ProseNode, at: number, tell: (from: number, to: number) => void): void {
  if (node.isTextblock) return node.content.size > 0 ? tell(at + 1, at + 1 + node.content.size) : undefined;
  node.forEach((child, offset) => textblocks(child, at + 1 + offset, tell));
}

/** Children that say the same on both sides, and what is between them. */
function* aligned(old: ProseNode, now: ProseNode): Generator<{ same: ProseNode } | Gap> {
  const [before, after] = [old.children.map(key), now.children.map(key)];
  let [o, n] = [0, 0];
  for (const [nextOld, nextNow] of [...anchors(before, after), [before.length, after.length] as const]) {
    while (o < nextOld && n < nextNow && before[o] === after[n]) {
      yield { same: now.child(n) };
      [o, n] = [o + 1, n + 1];
    }
    let [endOld, endNow] = [nextOld, nextNow];
    while (endOld > o && endNow > n && before[endOld - 1] === after[endNow - 1]) [endOld, endNow] = [endOld - 1, endNow - 1];
    if (endOld > o || endNow > n) yield { old: old.children.slice(o, endOld), now: now.children.slice(n, endNow) };
    for (let at = endNow; at < nextNow; at += 1) yield { same: now.child(at) };
    [o, n] = [nextOld, nextNow];
  }
}

function key(node: ProseNode): string {
  const own = node.isLeaf ? Object.values(node.attrs).map(String).join() : node.textContent;
  return `${node.type.name}\n${own}`;
}

/** Pairs of what is there once on either side, in the same order on both. */
function anchors(before: readonly string[], after: readonly string[]): (readonly [number, number])[] {
  const [there, here] = [single(before), single(after)];
  const pairs: [number, number][] = [];
  for (const [words, at] of here) if (there.has(words)) pairs.push([there.get(words)!, at]);
  // The longest rising run: the last of the shortest runs of each length, and what each stands on.
  const tops: number[] = [];
  const under = new Int32Array(pairs.length);
  pairs.forEach(([at], index) => {
    let [low, high] = [0, tops.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (pairs[tops[middle]!]![0] < at) low = middle + 1;
      else high = middle;
    }
    under[index] = low > 0 ? tops[low - 1]! : -1;
    tops[low] = index;
  });
  const rising: (readonly [number, number])[] = [];
  for (let at = tops.at(-1) ?? -1; at >= 0; at = under[at]!) rising.push(pairs[at]!);
  return rising.reverse();
}

function single(keys: readonly string[]): Map<string, number> {
  const found = new Map<string, number>();
  keys.forEach((words, at) => found.set(words, found.has(words) ? -1 : at));
  for (const [words, at] of found) if (at < 0) found.delete(words);
  return found;
}
