/**
 * Cuts an update into smaller ones, each of which builds only on those before it and on what the other side has. Long texts and
 * lists are cut within, as Yjs itself cuts them when somebody writes in their middle; a single value is never cut.
 */
import * as encoding from 'lib0/encoding';
import * as Y from 'yjs';
import { causalOrder, type Struct } from './causal-order';

/** What a piece says besides its structs and deletions, and a run of structs besides these, at most. */
const HEAD_BYTES = 32;
/** Bytes of one UTF-16 unit in UTF-8, at most. */
const UNIT_BYTES_MAX = 3;

interface Encoded {
  client: number;
  clock: number;
  length: number;
  bytes: Uint8Array;
}

interface Run {
  clock: number;
  end: number;
  count: number;
  structs: Uint8Array[];
}

/** In the order they have to be sent in. Those over `bytesMax` hold one value that is. */
export function piecesOf(update: Uint8Array, bytesMax: number): Uint8Array[] {
  if (update.length <= bytesMax) return [update];
  const { structs, ds } = Y.decodeUpdate(update);
  const packing = new Packing(bytesMax);
  for (const struct of causalOrder(structs)) {
    if (struct instanceof Y.Skip) continue;
    for (const part of partsOf(struct, Math.max(1, bytesMax - 2 * HEAD_BYTES))) packing.add(part);
  }
  for (const [client, ranges] of ds.clients) for (const { clock, len } of ranges) packing.delete(client, clock, len);
  return packing.done();
}

/** An update that is one struct. */
export function updateOf(struct: Y.Item | Y.GC): Uint8Array {
  const packing = new Packing(Infinity);
  packing.add({ ...struct.id, length: struct.length, bytes: encoded(struct) });
  return packing.done()[0]!;
}

class Packing {
  readonly #bytesMax: number;
  readonly #pieces: Uint8Array[] = [];
  #runs = new Map<number, Run>();
  #deletes = new Map<number, [clock: number, length: number][]>();
  #bytes = HEAD_BYTES;

  constructor(bytesMax: number) {
    this.#bytesMax = bytesMax;
  }

  add({ client, clock, length, bytes }: Encoded): void {
    const known = this.#runs.get(client);
    // A client has one run in an update, and a run has no holes.
    const apart = known !== undefined && known.end !== clock;
    if (apart || !this.#fits(bytes.length + HEAD_BYTES)) this.#cut();
    const run = this.#runs.get(client) ?? { clock, end: clock, count: 0, structs: [] };
    this.#runs.set(client, run);
    this.#bytes += bytes.length + (run.count === 0 ? HEAD_BYTES : 0);
    run.structs.push(bytes);
    run.count += 1;
    run.end = clock + length;
  }

  delete(client: number, clock: number, length: number): void {
    const bytes = varUintBytes(clock) + varUintBytes(length);
    if (!this.#fits(bytes + HEAD_BYTES)) this.#cut();
    const ranges = this.#deletes.get(client);
    this.#bytes += bytes + (ranges ? 0 : HEAD_BYTES);
    if (ranges) ranges.push([clock, length]);
    else this.#deletes.set(client, [[clock, length]]);
  }

  done(): Uint8Array[] {
    if (this.#pieces.length === 0 || !this.#isEmpty()) this.#cut();
    return this.#pieces;
  }

  #fits(bytes: number): boolean {
    return this.#isEmpty() || this.#bytes + bytes <= this.#bytesMax;
  }

  #isEmpty(): boolean {
    return this.#runs.size === 0 && this.#deletes.size === 0;
  }

  #cut(): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, this.#runs.size);
    for (const [client, { clock, count, structs }] of this.#runs) {
      for (const number of [count, client, clock]) encoding.writeVarUint(encoder, number);
      for (const bytes of structs) encoding.writeUint8Array(encoder, bytes);
    }
    encoding.writeVarUint(encoder, this.#deletes.size);
    for (const [client, ranges] of this.#deletes) {
      for (const number of [client, ranges.length, ...ranges.flat()]) encoding.writeVarUint(encoder, number);
    }
    this.#pieces.push(encoding.toUint8Array(encoder));
    this.#runs = new Map();
    this.#deletes = new Map();
    this.#bytes = HEAD_BYTES;
  }
}

function* partsOf(struct: Struct, bytesMax: number): Generator<Encoded> {
  const waiting = [struct];
  for (let one = waiting.pop(); one; one = waiting.pop()) {
    const large = isLongText(one, bytesMax);
    const bytes = large ? null : encoded(one);
    const at = bytes && bytes.length <= bytesMax ? 0 : cutAt(one, bytesMax);
    if (at === 0) yield { ...one.id, length: one.length, bytes: bytes ?? encoded(one) };
    else waiting.push(cutOff(one as Y.Item, at), one);
  }
}

function encoded(struct: Struct): Uint8Array {
  const encoder = new Y.UpdateEncoderV1();
  struct.write(encoder, 0);
  return encoding.toUint8Array(encoder.restEncoder);
}

/** Told without encoding it: whoever cuts a long text from its front would encode the rest each time. */
function isLongText(struct: Struct, bytesMax: number): boolean {
  return struct instanceof Y.Item && struct.content instanceof Y.ContentString && struct.length > bytesMax;
}

/** How much of a struct its first part gets; 0 when it cannot be cut. */
function cutAt(struct: Struct, bytesMax: number): number {
  if (!(struct instanceof Y.Item) || struct.length < 2) return 0;
  const { content } = struct;
  if (content instanceof Y.ContentAny || content instanceof Y.ContentJSON) return struct.length >> 1;
  if (!(content instanceof Y.ContentString)) return 0;
  const room = Math.floor((bytesMax - 2 * HEAD_BYTES) / UNIT_BYTES_MAX);
  const at = Math.max(1, Math.min(room, struct.length >> 1));
  // Yjs replaces the halves of a pair that is cut through.
  if (!isHighSurrogate(content.str.charCodeAt(at - 1))) return at;
  return at > 1 ? at - 1 : struct.length > 2 ? 2 : 0;
}

function isHighSurrogate(unit: number): boolean {
  return unit >= 0xd800 && unit <= 0xdbff;
}

/** The rest of an item behind its first part, which is what the item is from now on. */
function cutOff(item: Y.Item, at: number): Y.Item {
  const { client, clock } = item.id;
  const rest = item.content.splice(at);
  item.length = at;
  return new Y.Item(Y.createID(client, clock + at), null, Y.createID(client, clock + at - 1), null, item.rightOrigin, item.parent, item.parentSub, rest);
}

function varUintBytes(number: number): number {
  return Math.max(1, Math.ceil(Math.log2(number + 1) / 7));
}
