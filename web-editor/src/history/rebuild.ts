/**
 * The document at any index of a film: from the nearest state kept, or onward from the one at hand. Updates are applied one by
 * one inside one transaction; merging them first takes a hundred times as long. Deleted content is kept, so that it can be
 * shown as deleted. Pure.
 */
import * as Y from 'yjs';
import type { Film } from './film';

/** A state is kept at least this often. */
const KEPT_EVERY_UPDATES = 2_000;
const KEPT_EVERY_BYTES = 1024 * 1024;
/** Beyond this every other state is forgotten, and those to come are twice as far apart. */
const KEPT_BYTES_MAX = 96 * 1024 * 1024;

interface Kept {
  index: number;
  state: Uint8Array | null;
}

interface At {
  index: number;
  doc: Y.Doc;
}

export class Rebuild {
  readonly #film: Film;
  /** Grows with the film. */
  readonly #newest: At = { index: 0, doc: emptyDoc() };
  #kept: Kept[] = [{ index: 0, state: null }];
  #sinceKept = 0;
  #spacing = 1;
  #current: At | null = null;
  #before: At | null = null;

  constructor(film: Film) {
    this.#film = film;
  }

  /** Takes in what was added to the film. */
  grow(): void {
    const film = this.#film;
    while (this.#newest.index < film.count) {
      const from = this.#newest.index;
      let to = from;
      while (to < film.count && to - this.#lastKept < KEPT_EVERY_UPDATES * this.#spacing && this.#sinceKept < KEPT_EVERY_BYTES * this.#spacing) {
        this.#sinceKept += film.update(to).length;
        to += 1;
      }
      apply(this.#newest.doc, film, from, to);
      this.#newest.index = to;
      if (to < film.count) this.#keep(to);
    }
  }

  /** The document at this index. It is this page's own copy, good until the next call. */
  at(index: number): Y.Doc {
    const wanted = Math.max(0, Math.min(index, this.#newest.index));
    // The one that grows may only be looked at.
    if (wanted === this.#newest.index) return this.#newest.doc;
    this.#current = this.#reach(this.#current, wanted);
    return this.#current.doc;
  }

  /** Another copy, to compare with. */
  before(index: number): Y.Doc {
    this.#before = this.#reach(this.#before, Math.max(0, Math.min(index, this.#newest.index)));
    return this.#before.doc;
  }

  destroy(): void {
    for (const at of [this.#newest, this.#current, this.#before]) at?.doc.destroy();
  }

  get #lastKept(): number {
    return this.#kept.at(-1)!.index;
  }

  #keep(index: number): void {
    this.#kept.push({ index, state: Y.encodeStateAsUpdate(this.#newest.doc) });
    this.#sinceKept = 0;
    const bytes = this.#kept.reduce((sum, { state }) => sum + (state?.length ?? 0), 0);
    if (bytes <= KEPT_BYTES_MAX) return;
    this.#kept = this.#kept.filter((_, at) => at % 2 === 0);
    this.#spacing *= 2;
  }

  #reach(have: At | null, index: number): At {
    const kept = this.#kept.findLast((candidate) => candidate.index <= index)!;
    const onward = have !== null && have.index <= index && have.index >= kept.index;
    const at = onward ? have : { index: kept.index, doc: emptyDoc() };
    if (!onward) {
      have?.doc.destroy();
      if (kept.state) Y.applyUpdate(at.doc, kept.state);
    }
    apply(at.doc, this.#film, at.index, index);
    at.index = index;
    return at;
  }
}

function emptyDoc(): Y.Doc {
  return new Y.Doc({ gc: false });
}

function apply(doc: Y.Doc, film: Film, from: number, to: number): void {
  if (from >= to) return;
  doc.transact(() => {
    for (let at = from; at < to; at += 1) {
      try {
        Y.applyUpdate(doc, film.update(at));
      } catch {
        // One update that cannot be read must not hide the others.
      }
    }
  });
}

/** The same content without what was deleted, for a document of its own. */
export function cleanState(doc: Y.Doc): Uint8Array {
  const clean = new Y.Doc();
  Y.applyUpdate(clean, Y.encodeStateAsUpdate(doc));
  const state = Y.encodeStateAsUpdate(clean);
  clean.destroy();
  return state;
}
