/**
 * What an old page, or another app, still writes into the tree after the text became flat. The text knows which of its units is which of
 * the tree, so what is new there is brought over behind the letters it was written behind, and what is deleted there is deleted here.
 * What was brought over is noted like a move: of two pages that do it at the same time one copy stays.
 */
import type { Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';
import { BODY, FORMAT, isBlockMark, mapIn, TEXT } from './format';
import { insertable, mapOf, ORIGINS, readTree, type TreeBlock, type TreePiece } from './legacy';
import { Whereabouts, type Moves } from './moves';
import { alive, indexOf, push, unitsSince, type Units } from './units';

/** Where the format says, after a restore, up to where the tree belongs to the text as it is: clocks by client. */
const KNOWN = 'known';

export class Late {
  readonly #doc: Y.Doc;
  readonly #text: Y.Text;
  readonly #tree: Y.XmlFragment;
  readonly #schema: Schema;
  readonly #moves: Moves;

  constructor(doc: Y.Doc, schema: Schema, moves: Moves) {
    this.#doc = doc;
    this.#text = doc.getText(TEXT);
    this.#tree = doc.getXmlFragment(BODY);
    this.#schema = schema;
    this.#moves = moves;
  }

  /** Whether the tree holds, or lacks, what the text does not. */
  get any(): boolean {
    const origins = this.#origins();
    if (!origins) return false;
    const knownUntil = this.#known();
    const isNew = ({ units, copy }: Run) => copy === null && units.clock >= knownUntil(units.client);
    const hasNew = ({ units, pieces }: TreeBlock) => [{ insert: null, formats: {}, units }, ...pieces].some((piece) => runsOf(piece, origins, knownUntil).some(isNew));
    return readTree(this.#tree, this.#schema).blocks.some(hasNew) || this.#gone(origins).length > 0;
  }

  /** Brings over what is late. */
  bring(origin: unknown): void {
    const origins = this.#origins();
    if (!origins) return;
    const knownUntil = this.#known();
    this.#doc.transact((transaction) => {
      transaction.meta.set('addToHistory', false);
      let last: Y.ID | null = null;
      for (const block of readTree(this.#tree, this.#schema).blocks) last = this.#bringBlock(block, last, origins, knownUntil);
      this.#moves.remove(this.#gone(origins));
      // A mark goes when nothing is left behind it.
      this.#moves.remove(this.#gone(origins));
    }, origin);
  }

  /** Two made it flat from different states of the tree: what is there twice goes, what they typed stays. */
  settle(origin: unknown): void {
    const origins = this.#origins();
    if (origins && origins.conversions > 1) {
      const copies = origins.all.map(({ copy, of }) => ({ ...copy, of, generation: 0, key: '', next: undefined }));
      this.#moves.settle(origin, new Whereabouts(this.#doc, copies));
    }
  }

  /** All of the tree belongs to the text as it is: both were restored together. */
  know(origin: unknown): void {
    if (!this.#origins()) return;
    const clocks: Record<string, number> = {};
    for (const { units, pieces } of readTree(this.#tree, this.#schema).blocks) {
      for (const { client, clock, length } of [units, ...pieces.map((piece) => piece.units)]) clocks[client] = Math.max(clocks[client] ?? 0, clock + length);
    }
    this.#doc.transact((transaction) => {
      transaction.meta.set('addToHistory', false);
      this.#doc.getMap(FORMAT).set(KNOWN, clocks);
    }, origin);
  }

  /** Returns the last unit of the block in the text. */
  #bringBlock({ mark, units, pieces }: TreeBlock, before: Y.ID | null, origins: Origins, knownUntil: KnownUntil): Y.ID | null {
    let last = origins.copyOf(units);
    if (!last && units.clock < knownUntil(units.client)) return before;
    last ??= this.#insert(this.#behindBlock(before), mapOf(mark), {}, units);
    for (const { insert, formats, units: letters, copy } of pieces.flatMap((piece) => runsOf(piece, origins, knownUntil))) {
      if (copy) last = Y.createID(copy.client, copy.clock + letters.length - 1);
      else if (letters.clock >= knownUntil(letters.client)) last = this.#insert(this.#behind(last), insertable(insert), formats, letters);
    }
    return last;
  }

  #insert(index: number, what: string | object, formats: object, of: Units): Y.ID {
    const clock = Y.getState(this.#doc.store, this.#doc.clientID);
    if (typeof what === 'string') this.#text.insert(index, what, { ...formats });
    else this.#text.insertEmbed(index, what, { ...formats });
    const units = unitsSince(this.#doc, this.#text, clock);
    this.#moves.note(units, [of]);
    const { client, clock: first, length } = units.at(-1)!;
    return Y.createID(client, first + length - 1);
  }

  /** The index behind a unit, wherever it was moved. */
  #behind(id: Y.ID): number {
    const now = alive(this.#doc, id) ? id : (this.#moves.whereabouts().now(id) ?? id);
    const item = Y.getItem(this.#doc.store, now) as Y.Item;
    return indexOf(item) + (item.deleted ? 0 : now.clock - item.id.clock + 1);
  }

  /** The index behind the block that a unit is in. */
  #behindBlock(id: Y.ID | null): number {
    let index = id ? this.#behind(id) : 0;
    const { index: at, item } = itemAt(this.#text, index);
    index = at;
    for (let next = item; next; next = next.right) {
      const map = next.deleted ? null : mapIn(next);
      if (map && isBlockMark(map)) return index;
      if (!next.deleted && next.countable) index += next.length;
    }
    return this.#text.length;
  }

  /** Units of the text whose units in the tree are deleted. */
  #gone({ all }: Origins): Units[] {
    const gone: Units[] = [];
    const { store } = this.#doc;
    const places = this.#moves.whereabouts();
    for (const { copy, of } of all) {
      for (let at = 0; at < copy.length; ) {
        const item = Y.getItem(store, Y.createID(of.client, of.clock + at)) as Y.Item | Y.GC;
        const end = Math.min(item.id.clock + item.length - of.clock, copy.length);
        // An item that is there needs no look at its letters.
        if (item.deleted) for (let unit = at; unit < end; unit += 1) this.#takeGone(Y.createID(copy.client, copy.clock + unit), gone, places);
        at = end;
      }
    }
    return gone;
  }

  #takeGone(id: Y.ID, gone: Units[], places: Whereabouts): void {
    const now = alive(this.#doc, id) ? id : places.now(id);
    if (now && !this.#moves.keeps(now)) push(gone, { client: now.client, clock: now.clock, length: 1 });
  }

  #origins(): Origins | null {
    const made: [author: number, numbers: unknown[]][] = [];
    for (const [key, value] of this.#doc.getMap(FORMAT).entries()) if (key.startsWith(ORIGINS) && Array.isArray(value)) made.push([Number(key.slice(ORIGINS.length)), value]);
    return made.length > 0 ? new Origins(made, this.#doc, this.#moves) : null;
  }

  #known(): KnownUntil {
    const clocks = this.#doc.getMap(FORMAT).get(KNOWN) as Record<string, unknown> | undefined;
    return (client) => Number(clocks?.[client] ?? 0);
  }
}

/** Below which clock all units of an author belong to the text as it is. */
type KnownUntil = (client: number) => number;

interface Run extends TreePiece {
  /** Of its first unit. */
  readonly copy: Y.ID | null;
}

/** What is next to each other in the tree is one item, whether or not the text has all of it: the parts that it has, or has not, as a whole. */
function runsOf({ insert, formats, units }: TreePiece, origins: Origins, knownUntil: KnownUntil): Run[] {
  const runs: Run[] = [];
  const known = knownUntil(units.client);
  for (let at = 0; at < units.length; ) {
    const clock = units.clock + at;
    const left = Math.min(units.length - at, clock < known ? known - clock : Infinity);
    const { copy, length } = origins.runOf({ client: units.client, clock, length: left });
    runs.push({ insert: typeof insert === 'string' ? insert.slice(at, at + length) : insert, formats, units: { client: units.client, clock, length }, copy });
    at += length;
  }
  return runs;
}

/** Which unit of the text is which of the tree. */
class Origins {
  /** How often the tree was made flat, from different states of it. */
  readonly conversions: number;
  readonly all: { copy: Units; of: Units }[] = [];
  readonly #byClient = new Map<number, { copy: Units; of: Units }[]>();

  constructor(made: readonly [author: number, numbers: readonly unknown[]][], { store }: Y.Doc, moves: Moves) {
    for (const [author, numbers] of made) {
      for (let at = 0; at + 3 < numbers.length; at += 4) {
        const [clock, client, from, length] = numbers.slice(at, at + 4) as number[];
        this.#add({ client: author, clock: clock!, length: length! }, { client: client!, clock: from!, length: length! }, store);
      }
    }
    this.conversions = made.length;
    for (const { of, ...copy } of moves.copies()) this.#add(copy, of, store);
    for (const list of this.#byClient.values()) list.sort((a, b) => a.of.clock - b.of.clock);
  }

  /** The first unit's copy; null if it has none. */
  copyOf(units: Units): Y.ID | null {
    return this.runOf(units).copy;
  }

  /** The first unit's copy, and how many units go on like it. */
  runOf({ client, clock, length }: Units): { copy: Y.ID | null; length: number } {
    const list = this.#byClient.get(client) ?? [];
    let [low, high] = [0, list.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (list[middle]!.of.clock <= clock) low = middle + 1;
      else high = middle;
    }
    const [found, next] = [list[low - 1], list[low]];
    if (found && clock < found.of.clock + found.of.length) {
      return { copy: Y.createID(found.copy.client, found.copy.clock + clock - found.of.clock), length: Math.min(length, found.of.clock + found.of.length - clock) };
    }
    return { copy: null, length: Math.min(length, next ? next.of.clock - clock : Infinity) };
  }

  /** A stranger may have written it: only what the document has counts. */
  #add(copy: Units, of: Units, store: Y.Doc['store']): void {
    const has = ({ client, clock, length }: Units) => [client, clock, length].every((number) => Number.isSafeInteger(number) && number >= 0) && Y.getState(store, client) >= clock + length;
    if (!has(copy) || !has(of)) return;
    this.all.push({ copy, of });
    const list = this.#byClient.get(of.client);
    if (list) list.push({ copy, of });
    else this.#byClient.set(of.client, [{ copy, of }]);
  }
}

/** The item that begins at an index, or the one that it is in, and where that begins. */
function itemAt(text: Y.Text, index: number): { index: number; item: Y.Item | null } {
  let at = 0;
  let item = text._start;
  while (item && at < index) {
    if (!item.deleted && item.countable) at += item.length;
    item = item.right;
  }
  return { index: at, item };
}
