/**
 * The shared text as chunks of blocks, kept equal to it transaction by transaction: only blocks that a transaction touched are
 * read again, so the cost of a change does not grow with the document. Knows nothing of the editor's view.
 */
import type { Node as ProseNode, NodeType, Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';
import { MARK, whole, type Block, type Chunk, type Kept, type Part } from './block';
import { CONTAINERS, containerAttributes, isSameContainer, NO_FORMATS, sameFormats, TEXT, type Formats } from './format';
import { Reader, type Fate } from './reader';
import { Touched } from './touched';
import { Tree } from './tree';

/** Neighbouring chunks that were built anew. */
export interface Change {
  /** Index of the first. */
  readonly at: number;
  readonly before: readonly Chunk[];
  readonly after: readonly Chunk[];
  readonly kept: readonly Kept[];
}

/** Blocks `from` to `to` of the order before, and what they became. */
interface Reread {
  readonly from: number;
  readonly to: number;
  readonly blocks: readonly Block[];
  readonly kept: readonly Kept[];
}

/** More than this many are looked up in a map. */
const FEW = 4;
/** From so many questions on, a table of the answers is worth its making. */
const OFTEN = 16;
const ARGUMENTS_MAX = 10_000;

export class Model {
  readonly text: Y.Text;
  readonly containers: Y.Map<unknown>;
  readonly schema: Schema;
  chunks: Chunk[] = [];
  readonly #reader: Reader;
  readonly #tree: Tree;
  /** All blocks but fillers. */
  #order: Block[] = [];
  /** Where each block is in the order, once that was asked often. */
  #places: Map<Block, number> | null = null;
  #asked = 0;
  readonly #byMark = new Map<Y.Map<unknown>, Block>();
  readonly #chunkOf = new WeakMap<Block, Chunk>();

  constructor(doc: Y.Doc, schema: Schema) {
    this.text = doc.getText(TEXT);
    this.containers = doc.getMap(CONTAINERS);
    this.schema = schema;
    this.#reader = new Reader(schema);
    this.#tree = new Tree(schema, (id, type) => this.attributesOf(id, type));
    this.load();
  }

  /** Reads all of it anew. */
  load(): void {
    const { blocks } = this.#reader.read(this.text._start, null, NO_FORMATS);
    this.#arrange(blocks);
    this.#byMark.clear();
    for (const block of blocks) if (block.mark) this.#byMark.set(block.mark, block);
    this.chunks = this.#tree.build(blocks);
    if (this.chunks.length === 0) this.chunks = [this.#tree.empty()];
    this.chunks.forEach((chunk) => this.#own(chunk));
  }

  attributesOf(id: string, type: NodeType): Record<string, unknown> {
    return containerAttributes(this.containers, id, Object.keys(type.spec.attrs ?? {}));
  }

  blockOf(mark: Y.Map<unknown>): Block | null {
    return this.#byMark.get(mark) ?? null;
  }

  chunkOf(block: Block): Chunk | null {
    return this.#chunkOf.get(block) ?? null;
  }

  /** The letters before the first mark. */
  get head(): Block | null {
    const [first] = this.#order;
    return first && first.mark === null ? first : null;
  }

  /** The block behind a block without text that holds the letters behind it. */
  behind(block: Block): Block | null {
    const next = this.#order[this.#placeOf(block) + 1];
    return next && next.mark === null ? next : null;
  }

  /** The block before. */
  before(block: Block): Block | null {
    return this.#order[this.#placeOf(block) - 1] ?? null;
  }

  /**
   * Takes in what a transaction changed. The last change comes first, so that the indices of the others stay true. Null if it can
   * only be read as a whole.
   */
  absorb(transaction: Y.Transaction): Change[] | null {
    const touched = new Touched(transaction, this.text, this.containers, this.#byMark);
    if (touched.strange) return null;
    if (!touched.any) return [];
    return this.#rebuild(this.#reread(touched, transaction), touched.containers);
  }

  /** The editor's own nodes for chunks that are equal to them. */
  adopt(index: number, node: ProseNode): void {
    const take = (part: Part, theirs: ProseNode): void => {
      part.node = theirs;
      if (part.block) part.block.node = theirs;
      part.parts.forEach((inner, at) => take(inner, theirs.child(at)));
    };
    take(this.chunks[index]!.part, node);
  }

  #reread(touched: Touched, transaction: Y.Transaction): Reread[] {
    const fate: Fate = {
      isNew: ({ id }) => id.clock >= (transaction.beforeState.get(id.client) ?? 0),
      wentAway: ({ id }) => Y.isDeleted(transaction.deleteSet, id),
      wasMark: (map) => this.#byMark.has(map),
    };
    const order = this.#order;
    const queue = [...touched.blocks].map((block) => this.#placeOf(block)).sort((a, b) => a - b);
    if (touched.start) queue.unshift(-1);
    const rereads: Reread[] = [];
    let carried: Formats | null = null;
    for (let next = 0; next < queue.length; next += 1) {
      const at = queue[next]!;
      const from = Math.max(at, 0);
      let to = at + 1;
      while (to < order.length && !isThere(order[to]!)) to += 1;
      const until = order[to] ?? null;
      const first = at < 0 ? this.text._start : order[at]!.mark!._item;
      const start = carried ?? (at < 0 ? NO_FORMATS : order[at]!.start);
      const { blocks, kept, end } = this.#reader.read(first, until?.mark!._item ?? null, start, order.slice(from, to), fate);
      rereads.push({ from, to, blocks: kept.length > 0 ? settled(blocks, kept) : blocks, kept });
      // Formats that end elsewhere now change the look of what is behind, too.
      const onwards: boolean = until !== null && !sameFormats(end, until.start);
      carried = onwards || queue[next + 1] === to ? end : null;
      if (onwards && queue[next + 1] !== to) queue.splice(next + 1, 0, to);
    }
    return rereads;
  }

  #rebuild(rereads: readonly Reread[], containers: ReadonlySet<string>): Change[] {
    const dirty = this.#dirty(rereads, containers);
    for (const { from, to } of rereads) for (let at = from; at < to; at += 1) if (this.#order[at]!.mark) this.#byMark.delete(this.#order[at]!.mark!);
    for (const { blocks } of rereads) for (const block of blocks) if (block.mark) this.#byMark.set(block.mark, block);
    // The last first: what is before keeps its indices.
    const changes = this.#clusters(dirty, rereads).reverse().map(([first, last]) => this.#cluster(first, last, rereads));
    this.#reorder(rereads);
    return changes;
  }

  #reorder(rereads: readonly Reread[]): void {
    const parts: (readonly Block[])[] = [];
    let at = 0;
    for (const { from, to, blocks } of rereads) {
      parts.push(this.#order.slice(at, from), blocks);
      at = to;
    }
    parts.push(this.#order.slice(at));
    this.#arrange(parts.flat());
  }

  #arrange(order: Block[]): void {
    this.#order = order;
    this.#places = null;
    this.#asked = 0;
  }

  /** -1 if it is not there. */
  #placeOf(block: Block): number {
    this.#asked += 1;
    if (this.#asked > OFTEN) this.#places ??= new Map(this.#order.map((one, index) => [one, index]));
    return this.#places ? (this.#places.get(block) ?? -1) : this.#order.indexOf(block);
  }

  /** Dirty chunks as ranges, each with the neighbours that its containers reach into. Ranges that touch are one. */
  #clusters(dirty: readonly number[], rereads: readonly Reread[]): [first: number, last: number][] {
    const dirtyRanges: [number, number][] = [];
    for (const at of dirty) {
      const before = dirtyRanges.at(-1);
      if (before && before[1] + 1 === at) before[1] = at;
      else dirtyRanges.push([at, at]);
    }
    const ranges: [number, number][] = [];
    for (let range of dirtyRanges) {
      for (;;) {
        const before = ranges.at(-1);
        if (before && before[1] + 1 >= range[0]) {
          range = [Math.min(before[0], range[0]), Math.max(before[1], range[1])];
          ranges.pop();
        }
        const wide = this.#widened(range, rereads);
        if (wide[0] === range[0] && wide[1] === range[1] && !(ranges.length > 0 && ranges.at(-1)![1] + 1 >= range[0])) break;
        range = wide;
      }
      ranges.push(range);
    }
    return ranges;
  }

  #widened([first, last]: [number, number], rereads: readonly Reread[]): [number, number] {
    const { blocks } = this.#next(...this.#ordered(first, last), rereads);
    const [before, behind] = [this.chunks[first - 1], this.chunks[last + 1]];
    return [before && meet(before.blocks.findLast(isStored), blocks[0]) ? first - 1 : first, behind && meet(blocks.at(-1), behind.blocks.find(isStored)) ? last + 1 : last];
  }

  /** Indices of the chunks that something changed in. */
  #dirty(rereads: readonly Reread[], containers: ReadonlySet<string>): number[] {
    const chunks = new Set<Chunk>();
    for (const { from, to } of rereads) {
      if (from === to) chunks.add(this.chunks[0]!);
      for (let at = from; at < to; at += 1) chunks.add(this.#chunkOf.get(this.#order[at]!)!);
    }
    if (containers.size > 0) {
      for (const block of this.#order) if (block.head.path.some(({ id }) => containers.has(id))) chunks.add(this.#chunkOf.get(block)!);
    }
    if (chunks.size <= FEW) return [...chunks].map((chunk) => this.chunks.indexOf(chunk)).sort((a, b) => a - b);
    return this.chunks.flatMap((chunk, index) => (chunks.has(chunk) ? [index] : []));
  }

  /** Builds chunks `first` to `last` anew. */
  #cluster(first: number, last: number, rereads: readonly Reread[]): Change {
    const next = this.#next(...this.#ordered(first, last), rereads);
    const before = this.chunks.slice(first, last + 1);
    let after = this.#tree.build(next.blocks, before);
    if (this.chunks.length - before.length + after.length === 0) after = [this.#tree.empty()];
    after.forEach((chunk) => this.#own(chunk));
    // Not as arguments, of which there are so many at most.
    if (after.length > ARGUMENTS_MAX) this.chunks = [...this.chunks.slice(0, first), ...after, ...this.chunks.slice(first + before.length)];
    else this.chunks.splice(first, before.length, ...after);
    return { at: first, before, after, kept: next.kept };
  }

  /** The blocks of chunks, as a range of the order. */
  #ordered(first: number, last: number): [from: number, to: number] {
    const stored = this.chunks.slice(first, last + 1).flatMap(({ blocks }) => blocks.filter(isStored));
    if (stored.length === 0) return [0, 0];
    const from = this.#placeOf(stored[0]!);
    return [from, from + stored.length];
  }

  /** What a range of the order became. */
  #next(from: number, to: number, rereads: readonly Reread[]): { blocks: Block[]; kept: Kept[] } {
    const blocks: Block[] = [];
    const kept: Kept[] = [];
    const take = (reread: Reread) => {
      for (const block of reread.blocks) blocks.push(block);
      for (const one of reread.kept) kept.push(one);
      return reread.to;
    };
    let at = from;
    let index = firstFrom(rereads, from);
    if (from === 0 && rereads[0]?.from === 0 && rereads[0].to === 0) at = take(rereads[index++]!);
    while (at < to) {
      const reread = rereads[index];
      if (reread?.from === at) {
        at = take(reread);
        index += 1;
        continue;
      }
      blocks.push(this.#order[at]!);
      kept.push(whole(this.#order[at]!));
      at += 1;
    }
    return { blocks, kept };
  }

  #own(chunk: Chunk): void {
    for (const block of chunk.blocks) this.#chunkOf.set(block, chunk);
  }
}

/** The first that begins at or behind this place. */
function firstFrom(rereads: readonly Reread[], place: number): number {
  let [low, high] = [0, rereads.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (rereads[middle]!.from < place) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Its mark was there before and is there still. */
function isThere({ mark }: Block): boolean {
  return mark !== null && !mark._item!.deleted;
}

function isStored({ filler }: Block): boolean {
  return !filler;
}

/** Whether two neighbouring blocks are in one container. */
function meet(a: Block | undefined, b: Block | undefined): boolean {
  return isSameContainer(a?.head.path[0], b?.head.path[0]);
}

/** Nodes of blocks that look as before are those from before. */
function settled(blocks: readonly Block[], kept: readonly Kept[]): readonly Block[] {
  for (const { from, to, toOffset } of kept) {
    if (toOffset === MARK && from.node !== to.node && from.node.eq(to.node)) to.node = from.node;
  }
  return blocks;
}
