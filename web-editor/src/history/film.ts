/**
 * Everything that was ever written, in order, held in a few large buffers; and where each update lies on the time that is
 * played, in which nobody waits longer than a moment for the next edit. Pure. "Index" counts the updates shown: 0 is before
 * the first, `count` after the last.
 */

const PAGE_BYTES = 1024 * 1024;
/** What a page may hold in memory; a longer past is shown up to here. */
export const FILM_BYTES_MAX = 192 * 1024 * 1024;
export const FILM_UPDATES_MAX = 2_000_000;
/** A pause is played this long at most. */
export const BEAT_MS = 1_000;
const MINUTE_MS = 60_000;

type Numbers = Float64Array | Uint32Array | Uint16Array;

/** Numbers that grow in number. */
class Column<T extends Numbers> {
  #values: T;
  readonly #grow: (length: number) => T;
  length = 0;

  constructor(grow: (length: number) => T) {
    this.#grow = grow;
    this.#values = grow(1_024);
  }

  push(value: number): void {
    if (this.length === this.#values.length) {
      const larger = this.#grow(this.length * 2);
      larger.set(this.#values);
      this.#values = larger;
    }
    this.#values[this.length] = value;
    this.length += 1;
  }

  at(index: number): number {
    return this.#values[index] ?? 0;
  }

  /** How many of these, which never fall, are `value` or less. */
  countUpTo(value: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.#values[middle]! <= value) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

export class Film {
  readonly #pages: Uint8Array[] = [];
  #used = PAGE_BYTES;
  readonly #page = new Column((length) => new Uint32Array(length));
  readonly #offset = new Column((length) => new Uint32Array(length));
  readonly #length = new Column((length) => new Uint32Array(length));
  readonly #who = new Column((length) => new Uint16Array(length));
  readonly #times = new Column((length) => new Float64Array(length));
  readonly #positions = new Column((length) => new Float64Array(length));
  bytes = 0;

  get count(): number {
    return this.#times.length;
  }

  get full(): boolean {
    return this.bytes >= FILM_BYTES_MAX || this.count >= FILM_UPDATES_MAX;
  }

  /** Adds an update by the person with this number. */
  add(at: number, who: number, update: Uint8Array): void {
    const last = this.#pages.at(-1);
    if (!last || this.#used + update.length > last.length) {
      this.#pages.push(new Uint8Array(Math.max(PAGE_BYTES, update.length)));
      this.#used = 0;
    }
    this.#pages.at(-1)!.set(update, this.#used);
    this.#page.push(this.#pages.length - 1);
    this.#offset.push(this.#used);
    this.#length.push(update.length);
    this.#used += update.length;
    this.bytes += update.length;
    const { count } = this;
    const before = count > 0 ? this.time(count - 1) : at - BEAT_MS;
    // The server's order is by time; a searched column must not fall whatever comes.
    const time = Math.max(at, before);
    this.#positions.push((count > 0 ? this.#positions.at(count - 1) : 0) + Math.min(time - before, BEAT_MS));
    this.#times.push(time);
    this.#who.push(Math.min(who, 0xffff));
  }

  update(at: number): Uint8Array {
    const start = this.#offset.at(at);
    return this.#pages[this.#page.at(at)]!.subarray(start, start + this.#length.at(at));
  }

  time(at: number): number {
    return this.#times.at(at);
  }

  who(at: number): number {
    return this.#who.at(at);
  }

  /** When the state at this index came to be; just before the first update for 0. */
  moment(index: number): number {
    if (this.count === 0) return 0;
    return index > 0 ? this.time(Math.min(index, this.count) - 1) : this.time(0) - 1;
  }

  /** The index of the state at a time. */
  indexAt(time: number): number {
    return this.#times.countUpTo(time);
  }

  /** The index of a state that there is a moment for: of what came in one millisecond the server knows all or nothing. */
  whole(index: number): number {
    return index > 0 ? this.indexAt(this.moment(index)) : 0;
  }

  /** The index of the moment before. */
  before(index: number): number {
    return index > 0 ? this.indexAt(this.moment(index) - 1) : 0;
  }

  /** Whether another moment is in the same minute of the clock. */
  crowded(index: number): boolean {
    if (index <= 0 || this.count === 0) return false;
    const minute = (at: number) => Math.floor(this.moment(at) / MINUTE_MS);
    const [before, here] = [this.before(index), this.whole(index)];
    return (before > 0 && minute(before) === minute(here)) || (here < this.count && minute(here + 1) === minute(here));
  }

  /** Milliseconds of play from the beginning to this index. */
  position(index: number): number {
    return index > 0 ? this.#positions.at(Math.min(index, this.count) - 1) : 0;
  }

  indexAtPosition(position: number): number {
    return this.#positions.countUpTo(position);
  }

  get duration(): number {
    return this.position(this.count);
  }
}
