/**
 * The way on after the server refused a change for good: whatever else this browser has and the server lacks is sent in pieces,
 * by plain HTTP, where a refusal ends nothing. What one person wrote behind the refused change counts on its being there, so
 * something deleted takes its place.
 */
import * as Y from 'yjs';
import { piecesOf, updateOf } from './pieces';
import { PIECE_BYTES_MAX, PIECE_BYTES_MIN } from './sending';

/** `closed`: nothing at all would be taken from this person now. */
export type Answer = 'taken' | 'refused' | 'closed';
export type Offer = (piece: Uint8Array) => Promise<Answer>;

/** Pieces that are offered; what is not through by then stays behind. */
export const OFFERS_MAX = 256;
const OFFER_TIMEOUT_MS = 30_000;

interface Piece {
  update: Uint8Array;
  /** Stands in for what was refused. */
  deleted: boolean;
}

/** Offers an update in pieces, in causal order, and returns what was not taken. Throws when it cannot be told. */
export async function offerApart(update: Uint8Array, offer: Offer): Promise<Uint8Array[]> {
  const left: Uint8Array[] = [];
  const gone = new Gone();
  const waiting = piecesOf(update, PIECE_BYTES_MAX).map(written).reverse();
  let offers = 0;
  for (let piece = waiting.pop(); piece; piece = waiting.pop()) {
    offers += 1;
    const lost = !piece.deleted && gone.holds(piece.update);
    const answer = offers > OFFERS_MAX ? 'closed' : lost ? 'refused' : await offer(piece.update);
    if (answer === 'closed') return [...left, ...[...waiting, piece].reverse().filter(({ deleted }) => !deleted).map((one) => one.update)];
    if (answer === 'taken') continue;
    const parts = partsOf(piece.update);
    if (parts.length > 1) waiting.push(...parts.map(written).reverse());
    else {
      if (!piece.deleted) left.push(piece.update);
      gone.add(piece.update, lost);
      waiting.push(...deletedInstead(piece, lost));
    }
  }
  return left;
}

const written = (update: Uint8Array): Piece => ({ update, deleted: false });

/** The update itself, if there is nothing to divide but letters of which each would be refused. */
function partsOf(update: Uint8Array): Uint8Array[] {
  const { structs, ds } = Y.decodeUpdate(update);
  const one = structs.length <= 1 && ds.clients.size === 0;
  return one && update.length <= PIECE_BYTES_MIN ? [update] : piecesOf(update, update.length >> 1);
}

/** At its place if it has one, so that what was written beside it stays where it is. */
function deletedInstead({ update, deleted }: Piece, placeless: boolean): Piece[] {
  const [struct] = Y.decodeUpdate(update).structs;
  if (!(struct instanceof Y.Item)) return [];
  const { id, length, origin, rightOrigin, parent, parentSub } = struct;
  if (deleted && placeless) return [];
  const instead = !deleted && !placeless ? new Y.Item(id, null, origin, null, rightOrigin, parent, parentSub, new Y.ContentDeleted(length)) : new Y.GC(id, length);
  return [{ update: updateOf(instead), deleted: true }];
}

/** What is not in the document because the type it is in was refused. The server would take it, and show it nowhere. */
class Gone {
  /** Ids of refused types. */
  readonly #types = new Set<string>();
  /** What is in them, by client: from clock to clock. */
  readonly #inside = new Map<number, [from: number, to: number][]>();

  holds(update: Uint8Array): boolean {
    return this.#types.size > 0 && Y.decodeUpdate(update).structs.some((struct) => struct instanceof Y.Item && this.#isInside(struct));
  }

  add(update: Uint8Array, inside: boolean): void {
    const [struct] = Y.decodeUpdate(update).structs;
    if (!(struct instanceof Y.Item)) return;
    const { client, clock } = struct.id;
    if (struct.content instanceof Y.ContentType) this.#types.add(`${client}:${clock}`);
    if (inside) this.#inside.set(client, [...(this.#inside.get(client) ?? []), [clock, clock + struct.length]]);
  }

  #isInside({ origin, rightOrigin, parent }: Y.Item): boolean {
    const beside = origin ?? rightOrigin;
    if (beside) return (this.#inside.get(beside.client) ?? []).some(([from, to]) => from <= beside.clock && beside.clock < to);
    const type: unknown = parent;
    return type instanceof Y.ID && this.#types.has(`${type.client}:${type.clock}`);
  }
}

/** Where the server of a sync address takes updates of a document by HTTP. */
export function updateUrl(syncUrl: string, name: string): string {
  return syncUrl.replace(/^ws/, 'http').replace(/\/sync\/*$/, `/api/documents/${encodeURIComponent(name)}/update`);
}

/** Offers pieces at an address. */
export function offerTo(url: string, token: string | null): Offer {
  let full = false;
  return async (piece) => {
    const headers: Record<string, string> = { 'content-type': 'application/octet-stream' };
    if (token) headers.authorization = `Bearer ${token}`;
    // A full document takes no piece of a long paste, and is not asked for each.
    if (full && piece.length > PIECE_BYTES_MIN) return 'refused';
    const { status } = await fetch(url, { method: 'POST', headers, body: piece as Uint8Array<ArrayBuffer>, signal: AbortSignal.timeout(OFFER_TIMEOUT_MS) });
    full ||= status === 413 && piece.length <= PIECE_BYTES_MIN;
    return answerOf(status);
  };
}

function answerOf(status: number): Answer {
  if (status >= 200 && status < 300) return 'taken';
  if (status === 401 || status === 403 || status === 404) return 'closed';
  if (status === 429 || status >= 500) throw new Error(`the server answered with ${status}`);
  return 'refused';
}
