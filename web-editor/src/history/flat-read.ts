/** The items of a flat text as blocks, and what of each changed since a state before. Pure. */
import type { Mark, Node as ProseNode, Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';
import { attributesFor, type Attributes } from '../editor/binding/attributes';
import type { Block } from './outline-block';
import { PARAGRAPH, SAME, isInline, markState, readerOf, saidBy, stateOf, typeIn, type Said, type State } from './flat-marks';
import type { Change, Since } from './text-nodes';

/** A block, and what of it changed; positions are those of its letters. */
export interface ReadBlock {
  block: Block;
  state: State;
  changes: Change[];
}

/** The formats that hold from a place on. Never changed in place. */
interface Formats {
  values: ReadonlyMap<string, unknown>;
  marks: readonly Mark[];
}

/** A block as it was read last time: what it was made of tells whether it is the same. */
interface Kept {
  /** The item of the mark in front; null for what stands before the first. */
  mark: Y.Item | null;
  read: ReadBlock;
  items: Y.Item[];
  lengths: number[];
  start: Formats;
  end: Formats;
}

interface Reading {
  kept: Kept;
  /** The mark of the block behind it. */
  next: Y.Item | null;
}

const NO_FORMATS: Formats = { values: new Map(), marks: [] };
/** Formats that hold at once; more are no text. */
const FORMATS_MAX = 64;
/** Marks that may overlap themselves carry a hash behind their name. */
const HASHED = /(.*)--[a-zA-Z0-9+/=]{8}$/;
const LABEL_CHARS_MAX = 40;
/** A few are deleted at once; a table of all of them is made only for more. */
const LOOK_AHEAD_BLOCKS = 4;

export class FlatRead {
  readonly #schema: Schema;
  #kept = new KeptBlocks([]);
  #formats = NO_FORMATS;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  forget(): void {
    this.#kept = new KeptBlocks([]);
  }

  /** The blocks of a text. `changed` are the types in it that changed since it was read last. */
  read(text: Y.Text, since: Since | null, changed: ReadonlySet<unknown>): ReadBlock[] {
    const blocks: ReadBlock[] = [];
    const read: Kept[] = [];
    this.#formats = NO_FORMATS;
    this.#kept.begin();
    let mark: Y.Item | null = null;
    let item = text._start;
    do {
      const made: Reading = (!since && this.#again(mark, item, changed)) || this.#block(mark, item, since);
      this.#formats = made.kept.end;
      // Before the first mark there is a block only if there are letters.
      if (mark || made.kept.read.block.content.length > 0) blocks.push(made.kept.read);
      read.push(made.kept);
      mark = made.next;
      item = mark?.right ?? null;
    } while (mark);
    if (!since) this.#kept = new KeptBlocks(read);
    return blocks;
  }

  /** The block as it was read before, if nothing of it is another. */
  #again(mark: Y.Item | null, first: Y.Item | null, changed: ReadonlySet<unknown>): Reading | null {
    const kept = this.#kept.find(mark);
    if (!kept || !sameFormats(kept.start, this.#formats) || (mark && changed.has(typeIn(mark)))) return null;
    const following = this.#kept.following;
    let count = 0;
    let item = first;
    for (; item; item = item.right) {
      if (item.deleted) continue;
      const type = typeIn(item);
      if (type && changed.has(type)) {
        // It may have become a mark, or stopped being one.
        if (isInline(type)) return null;
        break;
      }
      if (type && (item === following || !isInline(type))) break;
      if (kept.items[count] !== item || kept.lengths[count] !== item.length) return null;
      count += 1;
    }
    return count === kept.items.length ? { kept, next: item } : null;
  }

  #block(mark: Y.Item | null, first: Y.Item | null, since: Since | null): Reading {
    const start = this.#formats;
    const content = new BlockContent(this.#schema, since);
    const [items, lengths]: [Y.Item[], number[]] = [[], []];
    let item = first;
    for (; item; item = item.right) {
      const type = typeIn(item);
      const state = type && stateOf(item, since);
      if (type && state && !saidBy(type, readerOf(item, since)).inline) break;
      if (!item.deleted) {
        items.push(item);
        lengths.push(item.length);
      }
      if (item.content instanceof Y.ContentFormat) this.#formats = item.deleted ? this.#formats : this.#after(item.content);
      else if (item.content instanceof Y.ContentString) content.letters(item, item.content.str, this.#formats.marks);
      else if (type && state) content.atom(saidBy(type, readerOf(item, since)), state, this.#formats.marks);
    }
    const said = mark ? saidBy(typeIn(mark)!, readerOf(mark, since)) : PARAGRAPH;
    const state = mark ? markState(mark, since, content.alive) : SAME;
    const read = { block: content.block(said), state, changes: content.changes };
    return { kept: { mark, read, items, lengths, start, end: this.#formats }, next: item };
  }

  #after({ key, value }: Y.ContentFormat): Formats {
    const values = new Map(this.#formats.values);
    if (value === null) values.delete(key);
    else if (values.size < FORMATS_MAX) values.set(key, value);
    return values.size === 0 ? NO_FORMATS : { values, marks: [...values].flatMap(([name, given]) => this.#mark(name, given)) };
  }

  #mark(key: string, value: unknown): Mark[] {
    const name = HASHED.exec(key)?.[1] ?? key;
    const type = Object.hasOwn(this.#schema.marks, name) ? this.#schema.marks[name]! : null;
    try {
      return type ? [type.create(attributesFor(type, typeof value === 'object' ? (value as Attributes) : null))] : [];
    } catch {
      return [];
    }
  }
}

/** What was read last, to be asked for in about the same order. */
class KeptBlocks {
  readonly #blocks: readonly Kept[];
  #next = 0;
  #places: Map<Y.Item | null, number> | null = null;

  constructor(blocks: readonly Kept[]) {
    this.#blocks = blocks;
  }

  begin(): void {
    this.#next = 0;
  }

  /** The mark that was behind the block that was found last. */
  get following(): Y.Item | null {
    return this.#blocks[this.#next]?.mark ?? null;
  }

  find(mark: Y.Item | null): Kept | undefined {
    for (let ahead = 0; ahead < LOOK_AHEAD_BLOCKS; ahead += 1) {
      if (this.#blocks[this.#next + ahead]?.mark === mark) return this.#take(this.#next + ahead);
    }
    this.#places ??= new Map(this.#blocks.map((kept, at) => [kept.mark, at]));
    const at = this.#places.get(mark);
    return at === undefined ? undefined : this.#take(at);
  }

  #take(at: number): Kept | undefined {
    this.#next = at + 1;
    return this.#blocks[at];
  }
}

/** Letters and inline atoms of a block while it is read. */
class BlockContent {
  readonly changes: Change[] = [];
  /** Something in it is not deleted. */
  alive = false;
  readonly #schema: Schema;
  readonly #since: Since | null;
  readonly #nodes: ProseNode[] = [];
  #at = 0;

  constructor(schema: Schema, since: Since | null) {
    this.#schema = schema;
    this.#since = since;
  }

  block({ type, in: path, attributes }: Said): Block {
    const known = Object.hasOwn(this.#schema.nodes, type);
    if (!known && this.#nodes.length === 0) this.#nodes.push(this.#label(type, []));
    return { type, in: path, attributes, content: this.#nodes };
  }

  letters(item: Y.Item, text: string, marks: readonly Mark[]): void {
    if (!item.deleted) this.alive = true;
    const shown = this.#since ? this.#compared(item, text, this.#since) : item.deleted ? '' : text;
    if (!this.#since) this.#at += shown.length;
    if (shown !== '') this.#nodes.push(this.#schema.text(shown, marks));
  }

  atom({ type: name, attributes }: Said, state: State, marks: readonly Mark[]): void {
    if (state.kind !== 'delete') this.alive = true;
    const type = Object.hasOwn(this.#schema.nodes, name) ? this.#schema.nodes[name]! : null;
    const fits = type && type.isInline && !type.isText && !type.hasRequiredAttrs();
    const node = fits ? type.create(attributesFor(type, attributes), null, marks) : this.#label(name, marks);
    this.#nodes.push(node);
    this.#at += node.nodeSize;
    if (state.kind !== 'same') this.changes.push({ kind: state.kind, from: this.#at - node.nodeSize, to: this.#at, who: state.who, block: false });
  }

  #label(name: string, marks: readonly Mark[]): ProseNode {
    return this.#schema.text(`[${name.slice(0, LABEL_CHARS_MAX) || '?'}]`, marks);
  }

  /** What of an item's text is shown; notes what of it changed. */
  #compared(item: Y.Item, text: string, { before, inserted, deleted }: Since): string {
    const { client, clock } = item.id;
    const old = Math.min(text.length, Math.max(0, (before.sv.get(client) ?? 0) - clock));
    if (!item.deleted) {
      const from = this.#at + old;
      this.#at += text.length;
      if (old < text.length) this.changes.push({ kind: 'insert', from, to: this.#at, who: inserted(client, clock + old), block: false });
      return text;
    }
    let shown = '';
    for (let at = 0; at < old; at += 1) {
      if (Y.isDeleted(before.ds, Y.createID(client, clock + at))) continue;
      shown += text[at];
      this.#noteDeleted(deleted(client, clock + at));
    }
    return shown;
  }

  #noteDeleted(who: number): void {
    const last = this.changes.at(-1);
    this.#at += 1;
    if (last?.kind === 'delete' && last.to === this.#at - 1 && last.who === who) last.to = this.#at;
    else this.changes.push({ kind: 'delete', from: this.#at - 1, to: this.#at, who, block: false });
  }
}

/** In the same order, too: of two that exclude each other the later one holds. */
function sameFormats(a: Formats, b: Formats): boolean {
  if (a === b) return true;
  if (a.values.size !== b.values.size) return false;
  const others = b.values.entries();
  for (const [key, value] of a.values) {
    const [otherKey, otherValue] = others.next().value!;
    if (key !== otherKey || value !== otherValue) return false;
  }
  return true;
}
