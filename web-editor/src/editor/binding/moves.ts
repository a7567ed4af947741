/**
 * What is moved is written at its new place and deleted at the old one, for a shared text has no other way. So that it is there once
 * although two move it at the same time, root `moves` tells what is a copy of what: `CLIENT-CLOCK` of the copy's first unit is
 * `[client, clock, length]` of the original's. Of two copies of one letter the one of the higher author stays; every page that sees two
 * deletes the other, and as deleting twice is deleting once, nobody has to agree with anybody.
 */
import * as Y from 'yjs';
import { isBlockMark, mapIn, MOVES } from './format';
import { holdsOnlyWordsOf } from './undo';
import { alive, indexOf, push, zipped, type Units } from './units';

export interface Copy extends Units {
  /** The first unit that it is a copy of. */
  readonly of: Units;
}

/** Units that are looked at in all: who moves more than this may have something twice, and nobody waits. */
const UNITS_MAX = 200_000;

export class Moves {
  readonly map: Y.Map<unknown>;
  readonly #text: Y.Text;

  constructor(doc: Y.Doc, text: Y.Text) {
    this.map = doc.getMap(MOVES);
    this.#text = text;
  }

  /** Notes that units are copies of others; both in order, of equal length in all. */
  note(copies: readonly Units[], originals: readonly Units[]): void {
    const known = this.copies();
    const roots = originals.flatMap((one) => rootsOf(one, known));
    for (const { copy, of } of zipped(copies, roots)) this.map.set(`${copy.client}-${copy.clock}`, [of.client, of.clock, copy.length]);
  }

  /** Deletes what is there twice. */
  settle(origin: unknown, copies: readonly Copy[] = this.copies()): void {
    const doc = this.#text.doc!;
    const twice = [...this.#losers(copies), ...this.#restored(copies)];
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

  /** Where a letter that was moved is now; null for others. */
  follow({ client, clock }: Y.ID): Y.ID | null {
    const copies = this.copies();
    const [root] = rootsOf({ client, clock, length: 1 }, copies);
    for (const copy of copies) {
      const at = root!.clock - copy.of.clock;
      if (copy.of.client !== root!.client || at < 0 || at >= copy.length) continue;
      const id = Y.createID(copy.client, copy.clock + at);
      if (alive(this.#text.doc!, id)) return id;
    }
    return null;
  }

  /** What is noted, as far as the document has it. */
  copies(): Copy[] {
    const copies: Copy[] = [];
    let units = 0;
    for (const [key, value] of this.map.entries()) {
      const [client, clock] = key.split('-').map(Number) as [number, number];
      const [from, at, length] = (Array.isArray(value) ? value : []) as unknown[];
      if (![client, clock, from, at, length].every((number) => Number.isSafeInteger(number) && (number as number) >= 0)) continue;
      if (!this.#has(client, clock + (length as number)) || !this.#has(from as number, (at as number) + (length as number))) continue;
      if ((units += length as number) > UNITS_MAX) break;
      copies.push({ client, clock, length: length as number, of: { client: from as number, clock: at as number, length: length as number } });
    }
    return copies;
  }

  /** Whether the document has all of an author's units up to a clock. */
  #has(client: number, clock: number): boolean {
    return Y.getState(this.#text.doc!.store, client) >= clock;
  }

  /** Copies of what a copy of a higher author is alive of. One who moves something again deletes it where it was. */
  #losers(copies: readonly Copy[]): Units[] {
    const winners = new Map<string, Y.ID>();
    const losers: Units[] = [];
    for (const { client, clock, length, of } of copies) {
      for (let at = 0; at < length; at += 1) {
        const id = Y.createID(client, clock + at);
        if (!alive(this.#text.doc!, id)) continue;
        const root = `${of.client}-${of.clock + at}`;
        const other = winners.get(root);
        if (!other || other.client < client) winners.set(root, id);
        if (other && other.client !== client) push(losers, { ...(other.client < client ? other : id), length: 1 });
      }
    }
    return losers;
  }

  /** What an undo here brought back although somebody else's copy of it is there. */
  #restored(copies: readonly Copy[]): Units[] {
    const doc = this.#text.doc!;
    const twice: Units[] = [];
    for (const { client, clock, of } of copies) {
      for (let at = 0; at < of.length; at += 1) {
        const root = Y.createID(of.client, of.clock + at);
        if (Y.getState(doc.store, of.client) <= root.clock) break;
        const item = Y.getItem(doc.store, root) as Y.Item | Y.GC;
        const redone = item instanceof Y.Item && item.redone ? Y.createID(item.redone.client, item.redone.clock + root.clock - item.id.clock) : null;
        if (redone && alive(doc, redone) && alive(doc, Y.createID(client, clock + at))) push(twice, { ...redone, length: 1 });
      }
    }
    return twice;
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

/** What units are copies of, or the units themselves. */
function rootsOf({ client, clock, length }: Units, copies: readonly Copy[]): Units[] {
  const roots: Units[] = [];
  for (let at = clock; at < clock + length; ) {
    const copy = copies.find((one) => one.client === client && one.clock <= at && at < one.clock + one.length);
    const next = copies.reduce((least, one) => (one.client === client && one.clock > at ? Math.min(least, one.clock) : least), Infinity);
    const run = Math.min(clock + length, copy ? copy.clock + copy.length : next) - at;
    roots.push(copy ? { client: copy.of.client, clock: copy.of.clock + at - copy.clock, length: run } : { client, clock: at, length: run });
    at += run;
  }
  return roots;
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
