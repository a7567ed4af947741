/**
 * Knows what may have become of each letter. A letter may be missing at the end only if somebody who had it before them
 * deleted it, and two letters typed one behind the other may stand apart only if somebody who had both before them parted them.
 */
import { LETTERS_MAX } from './alphabet';
import type { Reading } from './reading';

export interface Verdict {
  letters: number;
  lost: number;
  doubled: number;
  /** Deleted by somebody, not brought back by an undo, and there all the same. */
  returned: number;
  torn: number;
  /** Of the torn those at the very place where somebody else wrote who had only the first of the two letters. */
  met: number;
}

const NONE = -1;

export class Oracle {
  readonly #author: number[] = [];
  readonly #mayMiss = new Uint8Array(LETTERS_MAX);
  readonly #deleted = new Uint8Array(LETTERS_MAX);
  readonly #deletedBy = new Map<number, Set<number>>();
  /** The letter that its author typed directly behind this one. */
  readonly #follower = new Int32Array(LETTERS_MAX).fill(NONE);
  readonly #parted = new Uint8Array(LETTERS_MAX);
  readonly #met = new Uint8Array(LETTERS_MAX);

  get letters(): number {
    return this.#author.length;
  }

  /** The next letter, typed behind `before` if that is given. */
  typed(person: number, before: number | null): number {
    const letter = this.#author.push(person) - 1;
    if (before !== null) this.#follower[before] = letter;
    return letter;
  }

  /** A letter that did not come into being: its key did nothing. */
  takeBack(letter: number, before: number | null): void {
    this.#author[letter] = NONE;
    if (before !== null) this.#follower[before] = NONE;
  }

  isBy(letter: number, person: number): boolean {
    return this.#author[letter] === person;
  }

  wasDeletedBy(letter: number, person: number): boolean {
    return this.#deletedBy.get(person)?.has(letter) ?? false;
  }

  /** Somebody writes between these two, as they have them before them. */
  wroteBetween(left: number | undefined, right: number | undefined, goesOn: boolean): void {
    if (left === undefined) return;
    if (right !== undefined && this.#follower[left] === right) this.#parted[left] = 1;
    if (!goesOn) this.#met[left] = 1;
  }

  /** What a person did in one go, with what they had before them and behind it, and what of that they meant to delete. */
  did(person: number, before: Reading, after: Reading, meant: Iterable<number>): void {
    for (const letter of meant) {
      if (!before.has(letter) || after.has(letter)) continue;
      this.#mayMiss[letter] = 1;
      this.#deleted[letter] = 1;
      const own = this.#deletedBy.get(person) ?? new Set();
      this.#deletedBy.set(person, own.add(letter));
    }
  }

  /** Two letters that this person saw together and then apart were parted on purpose. */
  parted(before: Reading, after: Reading): void {
    for (let letter = 0; letter < this.letters; letter++) {
      const follower = this.#follower[letter]!;
      if (follower === NONE || before.next[letter] !== follower || after.next[letter] === follower) continue;
      this.#parted[letter] = 1;
    }
  }

  /** What an undo or a redo brought back is no longer deleted. */
  broughtBack(before: Reading, after: Reading): void {
    for (let letter = 0; letter < this.letters; letter++) {
      if (!before.has(letter) && after.has(letter)) this.#deleted[letter] = 0;
    }
  }

  lost(end: Reading): number[] {
    return this.#written().filter((letter) => !end.has(letter) && !this.#mayMiss[letter]);
  }

  doubled(end: Reading): number[] {
    return this.#written().filter((letter) => end.times[letter]! > 1);
  }

  judge(end: Reading): Verdict {
    const written = this.#written();
    const torn = written.filter((letter) => this.#isTorn(letter, end));
    return {
      letters: written.length,
      lost: this.lost(end).length,
      doubled: this.doubled(end).length,
      returned: written.filter((letter) => end.has(letter) && this.#deleted[letter]).length,
      torn: torn.length,
      met: torn.filter((letter) => this.#met[letter]).length,
    };
  }

  #written(): number[] {
    return [...this.#author.keys()].filter((letter) => this.#author[letter] !== NONE);
  }

  #isTorn(letter: number, end: Reading): boolean {
    const follower = this.#follower[letter]!;
    if (follower === NONE || this.#parted[letter]) return false;
    return end.times[letter] === 1 && end.times[follower] === 1 && end.next[letter] !== follower;
  }
}
