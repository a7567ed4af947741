/**
 * What is moved is written at its new place and deleted at the old one, for a shared text has no other way. So that it is there once
 * although two move it at the same time, root `moves` tells what is a copy of what: `CLIENT-CLOCK` of the copy's first unit is
 * `[client, clock, length, generation]`: the original's first unit, and one more than the generation of any copy of it that its author
 * knew. Behind these, for the last of what was taken together, are client and clock of what stood behind it, or `null` for nothing.
 * Of two copies of one letter that of the higher generation stays, then that of the higher author; every page that sees two deletes
 * the other, and as deleting twice is deleting once, nobody has to agree with anybody. What is moved again is above what it was moved
 * from, so that the highest is never deleted for one that is gone.
 */
import * as Y from 'yjs';
import { isBlockMark, mapIn, MOVES } from './format';
import { holdsOnlyWordsOf } from './undo';
import { indexOf, push, zipped, type Units } from './units';

export interface Copy extends Units {
  /** The first unit that it is a copy of. */
  readonly of: Units;
  readonly generation: number;
  /** Under which it is noted. */
  readonly key: string;
  /** What stood behind the last of these units, for whoever took them away; undefined where more of them follow. */
  readonly next: Y.ID | null | undefined;
}

/** Units that are there and were moved: of more than this something may be twice when two move it at once, and nobody waits. */
const UNITS_MAX = 200_000;
/** So many notes are read, whoever wrote them. */
const NOTES_MAX = 100_000;
const GENERATION_MAX = 1e9;
/** Copies of copies of copies that nobody knew to be copies. */
const CHAIN_MAX = 16;

export class Moves {
  readonly map: Y.Map<unknown>;
  readonly #text: Y.Text;
  /** What is noted, and where it is, until the document changes. */
  #copies: Copy[] | null = null;
  #places: Whereabouts | null = null;
  readonly #forget = (): void => {
    this.#copies = null;
    this.#places = null;
  };

  constructor(doc: Y.Doc, text: Y.Text) {
    this.map = doc.getMap(MOVES);
    this.#text = text;
    doc.on('afterTransaction', this.#forget);
  }

  destroy(): void {
    this.#text.doc?.off('afterTransaction', this.#forget);
  }

  /** Notes that units are copies of others; both in order, of equal length in all. `next` is what stood behind the originals, if that is known. */
  note(copies: readonly Units[], originals: readonly Units[], next?: Y.ID | null): void {
    const known = this.copies();
    const places = this.whereabouts();
    const pairs = zipped(copies, originals.flatMap((one) => places.roots(one)));
    pairs.forEach(({ copy, of }, at) => {
      const behind = next === undefined || at < pairs.length - 1 ? [] : next ? [next.client, next.clock] : [null];
      this.map.set(`${copy.client}-${copy.clock}`, [of.client, of.clock, copy.length, nextGeneration(of, known), ...behind]);
    });
  }

  /** What undo here brought back of what was moved is one more copy of it: only this page knows of what. */
  noteRedone(origin: unknown): void {
    const doc = this.#text.doc!;
    const known = this.copies();
    const index = indexed(known);
    const seen = new Set<string>();
    const copies: Units[] = [];
    const originals: Units[] = [];
    for (const unit of known.flatMap((copy) => [copy, copy.of])) {
      for (const { item, from, to } of itemsOf(doc, unit)) {
        if (!(item instanceof Y.Item) || !item.redone) continue;
        for (let clock = from; clock < to; clock += 1) {
          const id = Y.createID(unit.client, clock);
          const redone = redoneOf(doc, id)!;
          const key = `${redone.client}-${redone.clock}`;
          if (seen.has(key) || isCopy(redone, index)) continue;
          seen.add(key);
          push(copies, { ...redone, length: 1 });
          push(originals, { ...id, length: 1 });
        }
      }
    }
    if (copies.length > 0) doc.transact(() => this.note(copies, originals), origin);
  }

  /** Deletes what is there twice. */
  settle(origin: unknown, { twice }: Whereabouts = this.whereabouts()): void {
    const doc = this.#text.doc!;
    if (twice.length === 0) return;
    doc.transact((transaction) => {
      transaction.meta.set('addToHistory', false);
      this.remove(twice);
    }, origin);
  }

  /** Deletes units; a mark before words that others wrote there stays. */
  remove(units: readonly Units[]): void {
    for (const one of units) this.#delete(one);
  }

  /** Whether this is a mark that has to stay, or a unit that is no letter of the text. */
  keeps({ client, clock }: Y.ID): boolean {
    const item = Y.getItem(this.#text.doc!.store, Y.createID(client, clock)) as Y.Item;
    const map = mapIn(item);
    return item.parent !== this.#text || (map !== null && isBlockMark(map) && hasLetters(item));
  }

  /** Where what was moved is now. */
  whereabouts(): Whereabouts {
    this.#places ??= new Whereabouts(this.#text.doc!, this.copies());
    return this.#places;
  }

  /**
   * What is noted, as far as the document has it. Of a copy the original may come later, and so may the word that this was a copy
   * itself: all are told as copies of the first original.
   */
  copies(): readonly Copy[] {
    this.#copies ??= this.#resolved();
    return this.#copies;
  }

  #resolved(): Copy[] {
    const noted = this.#noted();
    const index = indexed(noted);
    return noted.flatMap((copy) => {
      const roots = rootsOf(copy.of, index);
      return zipped([copy], roots).map((pair, at) => {
        const generation = Math.min(copy.generation + roots[at]!.generation, GENERATION_MAX);
        return { ...pair.copy, of: pair.of, generation, key: copy.key, next: at === roots.length - 1 ? copy.next : undefined };
      });
    });
  }

  #noted(): Copy[] {
    const copies: Copy[] = [];
    let units = 0;
    for (const [key, value] of this.map.entries()) {
      if (copies.length >= NOTES_MAX) break;
      const [client, clock] = key.split('-').map(Number) as [number, number];
      const [from, at, length, generation, ...behind] = (Array.isArray(value) ? value : []) as unknown[];
      if (![client, clock, from, at, length, generation].every((number) => Number.isSafeInteger(number) && (number as number) >= 0)) continue;
      if (!this.#has(client, clock + (length as number))) continue;
      // What was moved on, or deleted, takes no room.
      if (anyAlive(this.#text.doc!, { client, clock, length: length as number }) && (units += length as number) > UNITS_MAX) continue;
      const of = { client: from as number, clock: at as number, length: length as number };
      copies.push({ key, client, clock, length: of.length, generation: Math.min(generation as number, GENERATION_MAX), of, next: nextOf(behind) });
    }
    return copies;
  }

  /** Whether the document has all of an author's units up to a clock. */
  #has(client: number, clock: number): boolean {
    return Y.getState(this.#text.doc!.store, client) >= clock;
  }

  #delete({ client, clock, length }: Units): void {
    for (let at = clock; at < clock + length; ) {
      const item = Y.getItem(this.#text.doc!.store, Y.createID(client, at)) as Y.Item;
      const run = Math.min(item.id.clock + item.length, clock + length) - at;
      const map = mapIn(item);
      const keeps = map !== null && isBlockMark(map) && holdsOnlyWordsOf(item, (author) => author !== client);
      if (!item.deleted && item.parent === this.#text && !keeps) this.#text.delete(indexOf(item) + at - item.id.clock, run);
      at += run;
    }
  }
}

/** Of each letter that was moved the copy that counts. */
export class Whereabouts {
  /** Copies of what a higher copy is alive of. */
  readonly twice: readonly Units[];
  readonly #index: Index;
  /** By the first original. */
  readonly #highest = new Map<string, { id: Y.ID; generation: number }>();

  constructor(doc: Y.Doc, copies: readonly Copy[]) {
    this.#index = indexed(copies);
    const twice: Units[] = [];
    for (const { client, clock, length, of, generation } of copies) {
      for (const { item, from, to } of itemsOf(doc, { client, clock, length })) {
        if (!(item instanceof Y.Item) || item.deleted) continue;
        for (let at = from; at < to; at += 1) {
          const id = Y.createID(client, at);
          const root = `${of.client}-${of.clock + at - clock}`;
          const other = this.#highest.get(root);
          const wins = !other || (generation - other.generation || client - other.id.client || id.clock - other.id.clock) > 0;
          if (wins) this.#highest.set(root, { id, generation });
          if (other) push(twice, { ...(wins ? other.id : id), length: 1 });
        }
      }
    }
    this.twice = twice;
  }

  /** What units are copies of in the end; the units themselves if of nothing. */
  roots(units: Units): Units[] {
    return rootsOf(units, this.#index);
  }

  /** Null for what was not moved, and for what is gone. */
  now(id: Y.ID): Y.ID | null {
    return this.#highestOf(id)?.id ?? null;
  }

  /** How often it was moved; 0 as well for what is gone. */
  generation(id: Y.ID): number {
    return this.#highestOf(id)?.generation ?? 0;
  }

  #highestOf({ client, clock }: Y.ID): { id: Y.ID; generation: number } | undefined {
    const [root] = this.roots({ client, clock, length: 1 });
    return this.#highest.get(`${root!.client}-${root!.clock}`);
  }
}

function nextOf(numbers: readonly unknown[]): Copy['next'] {
  const [client, clock] = numbers;
  if (client === null) return null;
  return [client, clock].every((number) => Number.isSafeInteger(number) && (number as number) >= 0) ? Y.createID(client as number, clock as number) : undefined;
}

function nextGeneration(of: Units, known: readonly Copy[]): number {
  const meets = known.filter((copy) => copy.of.client === of.client && copy.of.clock < of.clock + of.length && of.clock < copy.of.clock + copy.length);
  return Math.min(meets.reduce((most, { generation }) => Math.max(most, generation), 0) + 1, GENERATION_MAX);
}

/** What undo and redo here made of a unit in the end; null if they did not touch it. */
function redoneOf({ store }: Y.Doc, root: Y.ID): Y.ID | null {
  for (let [id, from] = [root, null as Y.ID | null]; ; ) {
    const item = Y.getState(store, id.client) > id.clock ? (Y.getItem(store, id) as Y.Item | Y.GC) : null;
    if (!(item instanceof Y.Item) || !item.redone) return from && id;
    from = id;
    id = Y.createID(item.redone.client, item.redone.clock + id.clock - item.id.clock);
  }
}

/** The items of units, as far as they are there, and which clocks of each. */
export function* itemsOf({ store }: Y.Doc, { client, clock, length }: Units): Generator<{ item: Y.Item | Y.GC; from: number; to: number }> {
  const end = Math.min(clock + length, Y.getState(store, client));
  const structs = (store.clients.get(client) ?? []) as (Y.Item | Y.GC)[];
  if (clock >= end) return;
  for (let index = Y.findIndexSS(structs as Y.Item[], clock); index < structs.length; index += 1) {
    const item = structs[index]!;
    if (item.id.clock >= end) return;
    yield { item, from: Math.max(clock, item.id.clock), to: Math.min(end, item.id.clock + item.length) };
  }
}

function anyAlive(doc: Y.Doc, units: Units): boolean {
  for (const { item } of itemsOf(doc, units)) if (item instanceof Y.Item && !item.deleted) return true;
  return false;
}

function isCopy({ client, clock }: Y.ID, index: Index): boolean {
  const own = index.get(client) ?? [];
  const found = own[firstBehind(own, clock)];
  return found !== undefined && found.clock <= clock;
}

type Index = ReadonlyMap<number, readonly Copy[]>;

/** By author and clock. */
function indexed(copies: readonly Copy[]): Index {
  const index = new Map<number, Copy[]>();
  for (const copy of copies) {
    const own = index.get(copy.client);
    if (own) own.push(copy);
    else index.set(copy.client, [copy]);
  }
  for (const own of index.values()) own.sort((a, b) => a.clock - b.clock);
  return index;
}

/** What units are copies of in the end, and how far down that is; the units themselves if of nothing. */
function rootsOf({ client, clock, length }: Units, index: Index, depth = 0): (Units & { generation: number })[] {
  const own = index.get(client) ?? [];
  const roots: (Units & { generation: number })[] = [];
  let next = depth < CHAIN_MAX ? firstBehind(own, clock) : own.length;
  for (let at = clock; at < clock + length; ) {
    const copy = own[next];
    // A stranger's claims may overlap.
    if (copy && copy.clock + copy.length <= at) {
      next += 1;
      continue;
    }
    const isCopied = copy !== undefined && copy.clock <= at;
    const run = Math.min(clock + length, isCopied ? copy.clock + copy.length : (copy?.clock ?? Infinity)) - at;
    if (isCopied) {
      const of = { client: copy.of.client, clock: copy.of.clock + at - copy.clock, length: run };
      for (const root of rootsOf(of, index, depth + 1)) roots.push({ ...root, generation: root.generation + copy.generation });
      next += 1;
    } else {
      roots.push({ client, clock: at, length: run, generation: 0 });
    }
    at += run;
  }
  return roots;
}

/** The first of them that ends behind a clock. */
function firstBehind(own: readonly Copy[], clock: number): number {
  let [low, high] = [0, own.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (own[middle]!.clock + own[middle]!.length <= clock) low = middle + 1;
    else high = middle;
  }
  return low;
}

/** Whether there is a letter between a mark and the next. */
function hasLetters(mark: Y.Item): boolean {
  for (let at = mark.right; at; at = at.right) {
    if (at.deleted || !at.countable) continue;
    const map = mapIn(at);
    return !(map && isBlockMark(map));
  }
  return false;
}
