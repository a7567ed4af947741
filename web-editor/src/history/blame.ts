/** Who inserted and who deleted what, between two indices of a film. Pure. */
import * as Y from 'yjs';
import type { Film } from './film';
import type { Writers } from './people';

/** More updates than this are not read for it; what came before them is told by client id. */
const READ_UPDATES_MAX = 20_000;

interface Range {
  clock: number;
  end: number;
  who: number;
}

type Ranges = Map<number, Range[]>;

export class Blame {
  readonly #inserted: Ranges = new Map();
  readonly #deleted: Ranges = new Map();
  readonly #writers: Writers;

  constructor(film: Film, writers: Writers, from: number, to: number) {
    this.#writers = writers;
    for (let at = Math.max(from, to - READ_UPDATES_MAX); at < to; at += 1) this.#read(film.update(at), film.who(at));
  }

  inserted(client: number, clock: number): number {
    return find(this.#inserted, client, clock) ?? this.#writers.client(client);
  }

  deleted(client: number, clock: number): number {
    return find(this.#deleted, client, clock) ?? 0;
  }

  #read(update: Uint8Array, who: number): void {
    try {
      const { structs, ds } = Y.decodeUpdate(update);
      for (const { id, length } of structs) add(this.#inserted, id.client, { clock: id.clock, end: id.clock + length, who });
      for (const [client, items] of ds.clients) for (const { clock, len } of items) add(this.#deleted, client, { clock, end: clock + len, who });
    } catch {
      // What cannot be read is nobody's.
    }
  }
}

function add(ranges: Ranges, client: number, range: Range): void {
  const list = ranges.get(client);
  if (!list) ranges.set(client, [range]);
  else list.push(range);
}

/** Whoever was first: an update may tell again what is known. */
function find(ranges: Ranges, client: number, clock: number): number | undefined {
  const list = ranges.get(client);
  if (!list) return undefined;
  const near = lastHit.get(list);
  if (near && near.clock <= clock && clock < near.end) return near.who;
  const found = list.find((range) => range.clock <= clock && clock < range.end);
  if (found) lastHit.set(list, found);
  return found?.who;
}

/** Text is asked for letter by letter. */
const lastHit = new WeakMap<Range[], Range>();
