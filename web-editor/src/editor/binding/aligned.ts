/**
 * Which units of a region are which: those that the steps kept, and between them what is equal. Steps that replace a block by its
 * like with other attributes would otherwise take its mark and letters away. Pure.
 */
import type { Node as ProseNode } from '@tiptap/pm/model';
import type { NewLeaf, OldLeaf } from './leaves';
import type { Stretch } from './stretches';

/** `length` units from `old` on are those from `now` on. */
export interface Pair {
  old: number;
  now: number;
  length: number;
}

export class Aligned {
  readonly #old: readonly OldLeaf[];
  readonly #now: readonly NewLeaf[];

  constructor(old: readonly OldLeaf[], now: readonly NewLeaf[]) {
    this.#old = old;
    this.#now = now;
  }

  /** Pairs in order; tells the new leaves which old one they are. */
  pairs(kept: readonly Stretch[]): Pair[] {
    const pairs: Pair[] = [];
    let [old, now] = [0, 0];
    const between = (oldEnd: number, nowEnd: number) => this.#fill(old, oldEnd, now, nowEnd, pairs);
    for (const pair of this.#kept(kept)) {
      between(pair.old, pair.now);
      add(pairs, pair);
      [old, now] = [pair.old + pair.length, pair.now + pair.length];
    }
    between(sizeOf(this.#old), sizeOf(this.#now));
    this.#match(pairs);
    return pairs;
  }

  /** Stretches of positions as stretches of units. */
  #kept(kept: readonly Stretch[]): Pair[] {
    const pairs: Pair[] = [];
    let leaf = 0;
    for (const { old, now, length } of kept) {
      while (leaf > 0 && this.#now[leaf - 1]!.position + this.#now[leaf - 1]!.size > now) leaf -= 1;
      for (; leaf < this.#now.length && this.#now[leaf]!.position < now + length; leaf += 1) {
        const { position, size, start } = this.#now[leaf]!;
        const from = Math.max(position, now);
        const to = Math.min(position + size, now + length);
        if (from < to) this.#inOld(old + from - now, to - from, start + from - position, pairs);
      }
    }
    return pairs;
  }

  /** The parts of old leaves that `length` positions from `position` on cover. */
  #inOld(position: number, length: number, unit: number, pairs: Pair[]): void {
    for (let index = this.#after(position); index < this.#old.length; index += 1) {
      const leaf = this.#old[index]!;
      if (leaf.position >= position + length) return;
      const from = Math.max(leaf.position, position);
      const to = Math.min(leaf.position + leaf.size, position + length);
      const pair = { old: leaf.start + from - leaf.position, now: unit + from - position, length: to - from };
      const last = pairs.at(-1);
      // A mark is a mark; what would go back has been taken already.
      if (from < to && this.#isMark(this.#old, pair.old) === this.#isMark(this.#now, pair.now) && (!last || (pair.old >= last.old + last.length && pair.now >= last.now + last.length))) pairs.push(pair);
    }
  }

  /** Index of the first old leaf that ends behind this position. */
  #after(position: number): number {
    let [low, high] = [0, this.#old.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#old[middle]!.position + this.#old[middle]!.size <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  #isMark(leaves: readonly (OldLeaf | NewLeaf)[], unit: number): boolean {
    return leaves[indexOf(leaves, unit)]!.start === unit;
  }

  /** Pairs what is equal in two stretches that no step kept. */
  #fill(old: number, oldEnd: number, now: number, nowEnd: number, pairs: Pair[]): void {
    if (old === oldEnd || now === nowEnd) return;
    const [before, after] = [tokens(this.#old, old, oldEnd), tokens(this.#now, now, nowEnd)];
    let ahead = 0;
    const most = Math.min(before.length, after.length);
    while (ahead < most && same(before[ahead]!, after[ahead]!)) ahead += 1;
    let behind = 0;
    while (behind < most - ahead && same(before[before.length - 1 - behind]!, after[after.length - 1 - behind]!)) behind += 1;
    if (ahead > 0) add(pairs, { old, now, length: ahead });
    this.#marks(before, after, old, now, ahead, behind, pairs);
    if (behind > 0) add(pairs, { old: oldEnd - behind, now: nowEnd - behind, length: behind });
  }

  /** Blocks that were replaced by others are those, in turn: what somebody else types there goes along. */
  #marks(before: readonly Token[], after: readonly Token[], old: number, now: number, ahead: number, behind: number, pairs: Pair[]): void {
    let at = ahead;
    for (let next = ahead; next < after.length - behind; next += 1) {
      if (after[next] !== MARK_TOKEN) continue;
      while (at < before.length - behind && before[at] !== MARK_TOKEN) at += 1;
      if (at >= before.length - behind) return;
      add(pairs, { old: old + at, now: now + next, length: 1 });
      at += 1;
    }
  }

  #match(pairs: readonly Pair[]): void {
    for (const { old, now, length } of pairs) {
      for (let index = indexOf(this.#now, now); index < this.#now.length && this.#now[index]!.start < now + length; index += 1) {
        const leaf = this.#now[index]!;
        if (leaf.start < now) continue;
        leaf.matched = this.#old[indexOf(this.#old, old + leaf.start - now)]!;
      }
    }
  }
}

type Token = string | ProseNode | typeof MARK_TOKEN;

const MARK_TOKEN = Symbol('mark');

function tokens(leaves: readonly (OldLeaf | NewLeaf)[], from: number, to: number): Token[] {
  const all: Token[] = [];
  for (let index = indexOf(leaves, from); index < leaves.length && leaves[index]!.start < to; index += 1) {
    const { node, start } = leaves[index]!;
    if (start >= from) all.push(MARK_TOKEN);
    let at = start + 1;
    node.forEach((child) => {
      for (let unit = 0; unit < child.nodeSize; unit += 1, at += 1) {
        if (at >= from && at < to) all.push(child.isText ? child.text![unit]! : child.type.name === 'hardBreak' ? '\n' : child);
      }
    });
  }
  return all;
}

function same(a: Token, b: Token): boolean {
  return a === b || (typeof a === 'object' && typeof b === 'object' && a.eq(b));
}

function add(pairs: Pair[], pair: Pair): void {
  const last = pairs.at(-1);
  if (last && last.old + last.length === pair.old && last.now + last.length === pair.now) last.length += pair.length;
  else pairs.push({ ...pair });
}

function indexOf(leaves: readonly (OldLeaf | NewLeaf)[], unit: number): number {
  let [low, high] = [0, leaves.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (leaves[middle]!.start <= unit) low = middle;
    else high = middle - 1;
  }
  return low;
}

function sizeOf(leaves: readonly (OldLeaf | NewLeaf)[]): number {
  const last = leaves.at(-1);
  return last ? last.start + last.size : 0;
}
