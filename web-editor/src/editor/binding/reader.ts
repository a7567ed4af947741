/** Reads blocks out of the shared text: its items in order, the deleted ones as well, so that what stayed can be told from what came. */
import type { Node as ProseNode, NodeType, Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';
import { attributesFor } from './attributes';
import { MARK, type Block, type Kept, type Run } from './block';
import { headOf, isBlockMark, mapIn, NO_FORMATS, PLAIN, sameFormats, type Formats, type Head } from './format';
import { Inline, type Piece } from './inline';

/** What a transaction did to an item. */
export interface Fate {
  isNew: (item: Y.Item) => boolean;
  /** By this transaction. */
  wentAway: (item: Y.Item) => boolean;
  /** Whether this map was a block mark before. */
  wasMark: (map: Y.Map<unknown>) => boolean;
}

export interface Span {
  blocks: Block[];
  kept: Kept[];
  /** Formats in force behind it. */
  end: Formats;
}

interface Draft {
  mark: Y.Map<unknown> | null;
  head: Head;
  start: Formats;
  pieces: Piece[];
  length: number;
}

interface DraftKept {
  from: Block;
  fromOffset: number;
  to: Draft;
  toOffset: number;
  length: number;
}

export class Reader {
  readonly #schema: Schema;
  readonly #inline: Inline;

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#inline = new Inline(schema);
  }

  /**
   * Reads from `first` up to `until`. `old` are the blocks that were there before, and `fate` tells what became of them;
   * without it everything is new.
   */
  read(first: Y.Item | null, until: Y.Item | null, start: Formats, old: readonly Block[] = [], fate: Fate | null = null): Span {
    const walk = new Walk(start, old, fate);
    for (let item = first; item && item !== until; item = item.right) walk.item(item);
    const made = new Map<Draft, Block[]>();
    for (const draft of walk.drafts) made.set(draft, this.#blocks(draft));
    const kept = walk.kept.map(({ to, ...rest }): Kept => ({ ...rest, to: rest.toOffset === MARK ? made.get(to)![0]! : made.get(to)!.at(-1)! }));
    return { blocks: [...made.values()].flat(), kept, end: walk.formats };
  }

  /** A block, or two where letters follow a block that has no text. */
  #blocks({ mark, head, start, pieces, length }: Draft): Block[] {
    const type = this.#typeOf(head);
    const runs = runsOf(pieces);
    if (type.isTextblock) return [{ mark, filler: false, head, start, length, runs, node: this.#textblock(type, head, pieces) }];
    const leaf: Block = { mark, filler: false, head, start, length: 0, runs: [], node: this.#leaf(type, head) };
    if (length === 0) return [leaf];
    const behind: Head = { ...PLAIN, path: head.path };
    return [leaf, { mark: null, filler: false, head: behind, start, length, runs, node: this.#textblock(this.#typeOf(behind), behind, pieces) }];
  }

  #typeOf({ type, leaf }: Head): NodeType {
    const { nodes } = this.#schema;
    const known = Object.hasOwn(nodes, type) ? nodes[type]! : null;
    if (known && !known.isInline && (known.isTextblock || known.isLeaf)) return known;
    return leaf && nodes.foreignLeaf ? nodes.foreignLeaf : nodes.paragraph!;
  }

  #textblock(type: NodeType, { attributes }: Head, pieces: readonly Piece[]): ProseNode {
    const content = this.#inline.content(pieces, type);
    try {
      return type.create(attributesFor(type, attributes), content);
    } catch {
      return this.#schema.nodes.paragraph!.create(null, this.#inline.content(pieces, this.#schema.nodes.paragraph!));
    }
  }

  #leaf(type: NodeType, { type: name, attributes }: Head): ProseNode {
    if (type.name === 'foreignLeaf') return type.create({ name, given: attributes });
    try {
      return type.create(attributesFor(type, attributes));
    } catch {
      return this.#schema.nodes.horizontalRule?.create() ?? this.#schema.nodes.paragraph!.create();
    }
  }
}

function runsOf(pieces: readonly Piece[]): Run[] {
  return pieces.map((piece) => ({ length: 'text' in piece ? piece.text.length : 1, formats: piece.formats }));
}

/** One way through the items of a stretch. */
class Walk {
  readonly drafts: Draft[] = [];
  readonly kept: DraftKept[] = [];
  formats: Formats;
  readonly #old: readonly Block[];
  readonly #fate: Fate | null;
  #at = -1;
  #offset = 0;

  constructor(start: Formats, old: readonly Block[], fate: Fate | null) {
    this.formats = start;
    this.#old = old;
    this.#fate = fate;
  }

  item(item: Y.Item): void {
    const { content } = item;
    if (content instanceof Y.ContentFormat) {
      if (!item.deleted) this.#format(content);
      return;
    }
    if (!item.countable) return;
    const map = mapIn(item);
    const stayed = this.#fate !== null && !this.#fate.isNew(item);
    if (!item.deleted) {
      if (map && isBlockMark(map)) return this.#mark(map, stayed);
      return this.#letters(content instanceof Y.ContentString ? { formats: this.formats, text: content.str } : { formats: this.formats, atom: map }, item.length, stayed);
    }
    if (stayed && this.#fate!.wentAway(item)) this.#pass(map !== null && this.#fate!.wasMark(map), item.length);
  }

  #format({ key, value }: Y.ContentFormat): void {
    const { [key]: before, ...rest } = this.formats;
    const next = value === null ? rest : { ...this.formats, [key]: value as unknown };
    if (key === '__proto__' || (before === undefined && value === null)) return;
    this.formats = Object.keys(next).length === 0 ? NO_FORMATS : next;
  }

  #mark(map: Y.Map<unknown>, stayed: boolean): void {
    const draft: Draft = { mark: map, head: headOf(map), start: this.formats, pieces: [], length: 0 };
    this.drafts.push(draft);
    if (!stayed) return;
    this.#pass(true, 1);
    this.kept.push({ from: this.#old[this.#at]!, fromOffset: MARK, to: draft, toOffset: MARK, length: 1 });
  }

  #letters(piece: Piece, length: number, stayed: boolean): void {
    let draft = this.drafts.at(-1);
    if (!draft) this.drafts.push((draft = { mark: null, head: PLAIN, start: this.formats, pieces: [], length: 0 }));
    if (stayed) {
      const offset = this.#pass(false, length);
      this.kept.push({ from: this.#old[this.#at]!, fromOffset: offset, to: draft, toOffset: draft.length, length });
    }
    const last = draft.pieces.at(-1);
    if (last && isText(last) && isText(piece) && sameFormats(last.formats, piece.formats)) draft.pieces[draft.pieces.length - 1] = { formats: last.formats, text: last.text + piece.text };
    // Of what is no letter each unit is shown, and is one position.
    else for (let left = isText(piece) ? 1 : length; left > 0; left -= 1) draft.pieces.push(piece);
    draft.length += length;
  }

  /** Goes on in what was there before; returns the place of what was passed in its block. */
  #pass(mark: boolean, length: number): number {
    if (mark) {
      do this.#at += 1;
      while (this.#old[this.#at]?.mark === null);
      this.#offset = 0;
      return MARK;
    }
    // Letters before the first mark, or behind a block without text, are a block of their own.
    if (this.#at < 0 || !this.#old[this.#at]!.node.isTextblock) {
      this.#at += 1;
      this.#offset = 0;
    }
    this.#offset += length;
    return this.#offset - length;
  }
}

function isText(piece: Piece): piece is Piece & { text: string } {
  return 'text' in piece;
}
