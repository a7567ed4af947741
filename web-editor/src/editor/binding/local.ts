/**
 * What this page's person did, as edits of the shared text. Letters that a step kept stay the items they are; so do marks whose
 * block only looks otherwise now. Everything here is measured against the blocks of the model, which are those the text has.
 */
import type { Node as ProseNode } from '@tiptap/pm/model';
import type { StepMap } from '@tiptap/pm/transform';
import * as Y from 'yjs';
import { Aligned, type Pair } from './aligned';
import { MARK, type Block, type Chunk } from './block';
import { NO_FORMATS, pathValue, sameFormats, sameValue, type Formats } from './format';
import { ContainerIds } from './container-ids';
import { difference, eachInline, eachPair, formatsOf, inlineMap, isBreak, isDefault, isDefaultValue, restoreForeign } from './letters';
import { newLeaves, oldLeaves, type NewLeaf, type OldLeaf } from './leaves';
import type { Model } from './model';
import { stretches } from './stretches';

interface DeltaOp {
  retain?: number;
  delete?: number;
  insert?: string | Y.Map<unknown>;
  attributes?: Record<string, unknown>;
}

export interface Edits {
  readonly delta: DeltaOp[];
  /** Values of maps; undefined deletes the key. */
  readonly values: [map: Y.Map<unknown>, key: string, value: unknown][];
  /** What is written at one place and deleted at another. */
  readonly moved: Moved[];
}

/** `length` units that are in the blocks of before, and number `to` on of those that are inserted. */
interface Moved {
  readonly from: readonly Source[];
  readonly to: number;
  readonly length: number;
}

interface Source {
  readonly block: Block;
  readonly offset: number;
  readonly length: number;
}

/** The chunks that differ, and the editor's nodes in their place. */
export interface Region {
  readonly first: number;
  readonly chunks: readonly Chunk[];
  readonly nodes: readonly ProseNode[];
  /** Position where both begin. */
  readonly position: number;
  /** Units of the text before. */
  readonly units: number;
}

/** Null if nothing differs. */
export function regionOf(chunks: readonly Chunk[], doc: ProseNode): Region | null {
  const most = Math.min(chunks.length, doc.childCount);
  let first = 0;
  let position = 0;
  let units = 0;
  for (; first < most && chunks[first]!.part.node === doc.child(first); first += 1) {
    position += chunks[first]!.part.node.nodeSize;
    units += chunks[first]!.units;
  }
  let behind = 0;
  while (behind < most - first && chunks[chunks.length - 1 - behind]!.part.node === doc.child(doc.childCount - 1 - behind)) behind += 1;
  if (first === chunks.length && first === doc.childCount) return null;
  const nodes = Array.from({ length: doc.childCount - first - behind }, (_, index) => doc.child(first + index));
  return { first, chunks: chunks.slice(first, chunks.length - behind), nodes, position, units };
}

export function editsOf(model: Model, region: Region, maps: readonly StepMap[]): Edits {
  const [old, now] = [oldLeaves(region.chunks, region.position), newLeaves(region.nodes, region.position)];
  const size = region.chunks.reduce((sum, { part }) => sum + part.node.nodeSize, 0);
  const pairs = new Aligned(old, now).pairs(stretches(maps, region.position, region.position + size));
  const ids = new ContainerIds(model.containers, old, now);
  return new Writer(model, region, old, now, ids).write(pairs);
}

interface Stretch {
  readonly from: number;
  readonly to: number;
}

/** Of what went and what came, that are held against each other. */
const PAIRS_MAX = 100_000;

class Writer {
  readonly #model: Model;
  readonly #old: readonly OldLeaf[];
  readonly #now: readonly NewLeaf[];
  readonly #ids: ContainerIds;
  readonly #delta: DeltaOp[] = [];
  readonly #values: Edits['values'] = [];
  /** Formats of what is before the place that is written at. */
  #left: Formats;
  readonly #opening: boolean;
  /** Stretches of units that are no longer there, and that were not there. */
  readonly #gone: Stretch[] = [];
  readonly #come: (Stretch & { inserted: number })[] = [];
  #inserted = 0;

  constructor(model: Model, { first, units }: Region, old: readonly OldLeaf[], now: readonly NewLeaf[], ids: ContainerIds) {
    this.#model = model;
    this.#old = old;
    this.#now = now;
    this.#ids = ids;
    this.#opening = first === 0;
    this.#left = old.find(({ block }) => !block.filler)?.block.start ?? NO_FORMATS;
    this.#retain(units);
  }

  write(pairs: readonly Pair[]): Edits {
    this.#now.forEach((leaf, index) => (leaf.unmarked = this.#staysUnmarked(leaf, index)));
    let [at, next] = [0, 0];
    for (const pair of pairs) {
      this.#take(at, pair.old);
      this.#bring(next, pair.now);
      this.#keep(pair);
      [at, next] = [pair.old + pair.length, pair.now + pair.length];
    }
    this.#take(at, end(this.#old));
    this.#bring(next, end(this.#now));
    this.#values.push(...this.#ids.values());
    while (this.#delta.length > 0 && isIdle(this.#delta.at(-1)!)) this.#delta.pop();
    return { delta: this.#delta, values: this.#values, moved: this.#moved() };
  }

  /** What comes is what goes elsewhere: all of it, or most. Each goes to one place only. Who changes very much moves nothing. */
  #moved(): Moved[] {
    if (this.#gone.length * this.#come.length > PAIRS_MAX) return [];
    // A block without a mark has one where it comes to.
    const gone = this.#gone.map((stretch) => ({ stretch, told: told(this.#old, stretch, () => true) }));
    return this.#come.flatMap(({ inserted, ...stretch }): Moved[] => {
      const come = told(this.#now, stretch, ({ unmarked }) => !unmarked);
      const at = gone.findIndex((one) => isMove(one.told, come));
      if (at < 0) return [];
      const [{ stretch: source, told: away }] = gone.splice(at, 1) as [(typeof gone)[number]];
      const common = away.length < come.length ? away : come;
      return this.#sources(source, away.indexOf(common), common.length, inserted + come.indexOf(common));
    });
  }

  /** `length` units of a stretch of before from its unit `skip` on, which are at `to` now; those that are in no text are left out. */
  #sources({ from, to }: Stretch, skip: number, length: number, at: number): Moved[] {
    const moved: { from: Source[]; to: number; length: number }[] = [];
    let left = length;
    each(this.#old, from, to, ({ block }, offset, count) => {
      const skipped = Math.min(skip, count);
      skip -= skipped;
      let [first, units] = [offset + skipped, Math.min(count - skipped, left)];
      if (units <= 0) return;
      left -= units;
      if (first === MARK && !block.mark) {
        [first, units] = [first + 1, units - 1];
        at += 1;
      }
      if (units === 0) return;
      const last = moved.at(-1);
      if (last && last.to + last.length === at) {
        last.from.push({ block, offset: first, length: units });
        last.length += units;
      } else {
        moved.push({ from: [{ block, offset: first, length: units }], to: at, length: units });
      }
      at += units;
    });
    return moved;
  }

  /** Letters without a mark, and what completes the schema, stay so while nobody made anything else of them. */
  #staysUnmarked(leaf: NewLeaf, index: number): boolean {
    const { matched } = leaf;
    if (!matched || matched.block.mark) return false;
    if (matched.block.filler) return leaf.node.eq(matched.node) && this.#ids.isSamePath(leaf, matched);
    const plain = leaf.node.type === leaf.node.type.schema.nodes.paragraph && isDefault(leaf.node);
    const before = this.#now[index - 1];
    if (this.#model.head === matched.block) return plain && this.#opening && index === 0 && leaf.chain.length === 0;
    const follows = before?.matched != null && !before.node.isTextblock && this.#old[this.#old.indexOf(matched) - 1] === before.matched;
    return plain && follows && this.#ids.isSamePath(leaf, matched) && this.#ids.isSamePath(before, before.matched!);
  }

  /** Units that are no longer there. */
  #take(from: number, to: number): void {
    let count = 0;
    each(this.#old, from, to, ({ block }, offset, length) => (count += offset === MARK && !block.mark ? length - 1 : length));
    if (count === 0) return;
    this.#push({ delete: count });
    this.#gone.push({ from, to });
  }

  /** Units that were not there. */
  #bring(from: number, to: number): void {
    if (from < to) this.#come.push({ from, to, inserted: this.#inserted });
    each(this.#now, from, to, (leaf, offset, length) => {
      if (offset === MARK) this.#bringMark(leaf);
      if (offset + length > 0) this.#bringLetters(leaf, Math.max(0, offset), offset + length);
    });
  }

  #bringMark(leaf: NewLeaf): void {
    if (leaf.unmarked) return;
    const map = new Y.Map<unknown>();
    const { type } = leaf.node;
    if (type.name !== 'paragraph') map.set('type', type.name);
    const path = this.#ids.pathOf(leaf);
    if (path.length > 0) map.set('in', pathValue(path));
    for (const [name, value] of Object.entries(leaf.node.attrs)) if (!isDefaultValue(leaf.node, name, value)) map.set(`.${name}`, value);
    if (type.name === 'foreignLeaf') restoreForeign(map, leaf.node);
    this.#push({ insert: map, attributes: { ...this.#left } });
    this.#inserted += 1;
  }

  #bringLetters({ node }: NewLeaf, from: number, to: number): void {
    eachInline(node, from, to, (child, start, stop) => {
      const formats = this.#formats(child);
      const text = child.isText ? child.text!.slice(start, stop) : isBreak(child) ? '\n' : null;
      this.#push({ insert: text ?? inlineMap(child), attributes: { ...formats } });
      this.#left = formats;
      this.#inserted += stop - start;
    });
  }

  /** What the letter is to have: its marks, and what the letter before it has of formats that are not known here. */
  #formats(node: ProseNode): Formats {
    const known = formatsOf(node);
    const { marks } = this.#model.schema;
    const unknown = Object.entries(this.#left).filter(([name]) => !Object.hasOwn(marks, name));
    return unknown.length === 0 ? known : { ...Object.fromEntries(unknown), ...known };
  }

  #keep({ old, now, length }: Pair): void {
    let [at, next] = [old, now];
    const stop = old + length;
    while (at < stop) {
      const [from, fromOffset] = find(this.#old, at);
      const [to, toOffset] = find(this.#now, next);
      const run = Math.min(stop - at, from.size - fromOffset - 1, to.size - toOffset - 1);
      this.#keepIn(from, fromOffset, to, toOffset, run);
      [at, next] = [at + run, next + run];
    }
  }

  #keepIn(from: OldLeaf, fromOffset: number, to: NewLeaf, toOffset: number, length: number): void {
    let [skip, count] = [0, length];
    if (fromOffset === MARK) {
      this.#keepMark(from, to);
      [skip, count] = [1, length - 1];
    }
    if (count > 0) this.#keepLetters(from, fromOffset + skip, to, toOffset + skip, count);
  }

  #keepMark(from: OldLeaf, to: NewLeaf): void {
    const { mark, start } = from.block;
    if (!mark) return this.#bringMark(to);
    this.#retain(1);
    this.#left = start;
    this.#change(mark, from, to);
  }

  /** A block that looks otherwise, or stands elsewhere. */
  #change(mark: Y.Map<unknown>, from: OldLeaf, to: NewLeaf): void {
    const set = (key: string, value: unknown) => this.#values.push([mark, key, value]);
    const [was, is] = [from.node.type, to.node.type];
    if (was !== is) {
      set('type', is.name === 'paragraph' ? undefined : is.name);
      for (const name of Object.keys(from.block.head.attributes)) if (!Object.hasOwn(to.node.attrs, name)) set(`.${name}`, undefined);
      if (mark.has('leaf')) set('leaf', undefined);
    }
    if (from.node !== to.node && is.name !== 'foreignLeaf') {
      for (const [name, value] of Object.entries(to.node.attrs)) {
        const before = was === is ? (from.node.attrs[name] as unknown) : from.block.head.attributes[name];
        if (was === is ? sameValue(before ?? null, value ?? null) : sameValue(before, value) || (before === undefined && isDefaultValue(to.node, name, value))) continue;
        set(`.${name}`, isDefaultValue(to.node, name, value) ? undefined : value);
      }
    }
    if (this.#ids.isSamePath(to, from)) return;
    const path = this.#ids.pathOf(to);
    set('in', path.length > 0 ? pathValue(path) : undefined);
  }

  #keepLetters({ block, node }: OldLeaf, fromOffset: number, to: NewLeaf, toOffset: number, length: number): void {
    let done = 0;
    const retain = (until: number, change: Record<string, unknown> | null) => {
      if (until <= done) return;
      this.#push(change ? { retain: until - done, attributes: change } : { retain: until - done });
      this.#left = withFormats(formatsAt(block, fromOffset + until - 1), change);
      done = until;
    };
    if (node === to.node) return retain(length, null);
    let change: Record<string, unknown> | null = null;
    eachPair(node, fromOffset, to.node, toOffset, length, (at, was, is) => {
      const next = difference(was, is);
      if (next === change || (next && change && sameFormats(next, change))) return;
      retain(at, change);
      change = next;
    });
    retain(length, change);
  }

  #retain(count: number): void {
    if (count > 0) this.#push({ retain: count });
  }

  #push(op: DeltaOp): void {
    const last = this.#delta.at(-1);
    if (last?.delete !== undefined && op.delete !== undefined) last.delete += op.delete;
    else if (last?.retain !== undefined && op.retain !== undefined && !last.attributes && !op.attributes) last.retain += op.retain;
    else if (typeof last?.insert === 'string' && typeof op.insert === 'string' && sameFormats(last.attributes!, op.attributes!)) last.insert += op.insert;
    else this.#delta.push(op);
  }
}

/** A stretch of units as text, in which a mark is a sign of its own. */
function told<L extends OldLeaf | NewLeaf>(leaves: readonly L[], { from, to }: Stretch, isMarked: (leaf: L) => boolean): string {
  let text = '';
  each(leaves, from, to, (leaf, offset, length) => {
    if (offset === MARK && isMarked(leaf)) text += MARK_SIGN;
    eachInline(leaf.node, Math.max(0, offset), offset + length, (child, start, stop) => (text += child.isText ? child.text!.slice(start, stop) : isBreak(child) ? '\n' : ATOM_SIGN));
  });
  return text;
}

/** The one holds the other, and no more than as much again besides. */
function isMove(away: string, come: string): boolean {
  const [short, long] = away.length < come.length ? [away, come] : [come, away];
  return short !== '' && long.length <= 2 * short.length && long.includes(short);
}

const MARK_SIGN = '\u0001';
const ATOM_SIGN = '\ufffc';

function isIdle({ retain, attributes }: DeltaOp): boolean {
  return retain !== undefined && !attributes;
}

function end(leaves: readonly (OldLeaf | NewLeaf)[]): number {
  const last = leaves.at(-1);
  return last ? last.start + last.size : 0;
}

/** Visits the leaves that a range of units covers, each with the part of it. */
function each<L extends OldLeaf | NewLeaf>(leaves: readonly L[], from: number, to: number, visit: (leaf: L, offset: number, length: number) => void): void {
  for (let at = from; at < to; ) {
    const [leaf, offset] = find(leaves, at);
    const length = Math.min(to - at, leaf.size - offset - 1);
    visit(leaf, offset, length);
    at += length;
  }
}

/** The leaf that a unit is in, and its place there: -1 is the mark. */
function find<L extends OldLeaf | NewLeaf>(leaves: readonly L[], unit: number): [L, number] {
  let [low, high] = [0, leaves.length - 1];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if (leaves[middle]!.start <= unit) low = middle;
    else high = middle - 1;
  }
  return [leaves[low]!, unit - leaves[low]!.start - 1];
}

function formatsAt(block: Block, offset: number): Formats {
  let at = 0;
  for (const { length, formats } of block.runs) if ((at += length) > offset) return formats;
  return block.start;
}

function withFormats(formats: Formats, change: Record<string, unknown> | null): Formats {
  if (!change) return formats;
  return Object.fromEntries(Object.entries({ ...formats, ...change }).filter(([, value]) => value !== null));
}
