/** Reads a replay as it comes: frames of a time, an author and an update, divided anywhere. Pure. */

export interface Frame {
  /** Unix milliseconds. */
  at: number;
  /** The authenticated user; empty if nobody was. */
  author: string;
  /** Good until the next bytes are taken. */
  update: Uint8Array;
}

const AUTHOR_BYTES_MAX = 4_096;
const UPDATE_BYTES_MAX = 256 * 1024 * 1024;
const BUFFER_BYTES_MIN = 64 * 1024;

export class FrameReader {
  #buffer = new Uint8Array(BUFFER_BYTES_MIN);
  #start = 0;
  #end = 0;

  /** Bytes of a frame that is not whole. */
  get rest(): number {
    return this.#end - this.#start;
  }

  /** Adds bytes and hands on every frame that is whole by then. Throws if these cannot be frames. */
  take(bytes: Uint8Array, frame: (frame: Frame) => void): void {
    this.#keep(bytes);
    for (let next = this.#next(); next; next = this.#next()) frame(next);
  }

  #next(): Frame | null {
    const cursor = { bytes: this.#buffer, at: this.#start, end: this.#end };
    const at = varUint(cursor);
    const author = at === null ? null : varBytes(cursor, AUTHOR_BYTES_MAX);
    const update = author === null ? null : varBytes(cursor, UPDATE_BYTES_MAX);
    if (at === null || author === null || update === null) return null;
    this.#start = cursor.at;
    return { at, author: new TextDecoder().decode(author), update };
  }

  #keep(bytes: Uint8Array): void {
    const rest = this.rest;
    if (this.#end + bytes.length > this.#buffer.length) {
      const wanted = rest + bytes.length;
      const target = wanted > this.#buffer.length ? new Uint8Array(Math.max(wanted, Math.min(this.#buffer.length * 2, UPDATE_BYTES_MAX))) : this.#buffer;
      if (target === this.#buffer) target.copyWithin(0, this.#start, this.#end);
      else target.set(this.#buffer.subarray(this.#start, this.#end));
      this.#buffer = target;
      this.#start = 0;
      this.#end = rest;
    }
    this.#buffer.set(bytes, this.#end);
    this.#end += bytes.length;
  }
}

interface Cursor {
  bytes: Uint8Array;
  at: number;
  end: number;
}

/** Null while it is not whole. */
export function varUint(cursor: Cursor): number | null {
  let value = 0;
  let factor = 1;
  for (let at = cursor.at; at < cursor.end; at += 1) {
    const byte = cursor.bytes[at]!;
    value += (byte & 0x7f) * factor;
    if (value > Number.MAX_SAFE_INTEGER) throw new Error('a number in the replay is too large');
    if (byte < 0x80) {
      cursor.at = at + 1;
      return value;
    }
    factor *= 128;
  }
  return null;
}

function varBytes(cursor: Cursor, max: number): Uint8Array | null {
  const length = varUint(cursor);
  if (length === null) return null;
  if (length > max) throw new Error('a part of the replay is too large');
  if (cursor.at + length > cursor.end) return null;
  cursor.at += length;
  return cursor.bytes.subarray(cursor.at - length, cursor.at);
}

/** The client id an update names first: whose work it holds, where nobody was authenticated. Null if it only deletes. */
export function firstClient(update: Uint8Array): number | null {
  const cursor = { bytes: update, at: 0, end: update.length };
  try {
    const clients = varUint(cursor);
    return clients && varUint(cursor) !== null ? varUint(cursor) : null;
  } catch {
    return null;
  }
}
