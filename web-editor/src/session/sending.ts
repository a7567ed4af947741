/**
 * What this page sends of the document: what the server lacks when a connection begins, and each edit after that, in pieces no
 * larger than the server takes. Stands in for the provider, which sends what comes out of the browser's copy as if it were new.
 */
import * as encoding from 'lib0/encoding';
import type { WebsocketProvider } from 'y-websocket';
import * as Y from 'yjs';
import { MESSAGE_SYNC, SYNC_REPLY, SYNC_UPDATE } from './frame';

/** The first size of a piece; small enough for most proxies. */
export const PIECE_BYTES_MAX = 1 << 20;
/** Servers that take less than this take no document. */
export const PIECE_BYTES_MIN = 4 << 10;
/** After a refusal for its size the next attempt is made with pieces of this part of it. */
const SHRINK = 8;
/** Longest wait for the browser's copy before the server is asked and answered without it. */
export const COPY_WAIT_MS_MAX = 2_000;

export interface SendingOptions {
  doc: Y.Doc;
  provider: WebsocketProvider;
  /** Resolves when the browser's copy was read. */
  ready: Promise<void>;
}

export class Sending {
  /** More pieces of what is being sent are to come. */
  more = false;
  /** What the server has, as far as it has told. */
  serverHas: Uint8Array | null = null;
  readonly #options: SendingOptions;
  readonly #edited: (update: Uint8Array, origin: unknown) => void;
  #bytesMax = PIECE_BYTES_MAX;
  /** The largest that was sent on this connection. */
  #largest = 0;
  /** The server was answered on this connection; edits until then are in the answer. */
  #answered = false;
  #connections = 0;
  #copyRead = false;
  /** Cuts an update; loaded when the first one is too large. */
  #piecesOf: ((update: Uint8Array, bytesMax: number) => Uint8Array[]) | null = null;

  constructor(options: SendingOptions) {
    this.#options = options;
    const { doc, provider, ready } = options;
    void ready.then(() => (this.#copyRead = true));
    doc.off('update', provider._updateHandler);
    this.#edited = (update, origin) => {
      if (origin !== provider && this.#answered) this.#send(update, SYNC_UPDATE);
    };
    doc.on('update', this.#edited);
  }

  /** A new connection, on which the server has been told nothing yet. */
  opened(): void {
    this.#connections += 1;
    this.#answered = false;
    this.#largest = 0;
  }

  /** The server says what it has: it gets what it lacks, once it is known what this browser has. */
  asked(stateVector: Uint8Array): void {
    this.serverHas = stateVector;
    if (this.#copyRead) return this.#answer(stateVector);
    const connection = this.#connections;
    void this.whenReady().then(() => connection === this.#connections && this.#answer(stateVector));
  }

  /** Resolves when the browser's copy was read, or when that takes too long to wait for it. */
  whenReady(): Promise<void> {
    return Promise.race([this.#options.ready, new Promise<void>((resolve) => setTimeout(resolve, COPY_WAIT_MS_MAX))]);
  }

  /** After a frame was refused for its size: whether smaller pieces can be tried. */
  shrink(): boolean {
    const next = Math.max(PIECE_BYTES_MIN, Math.floor(Math.min(this.#bytesMax, this.#largest) / SHRINK));
    if (this.#largest <= PIECE_BYTES_MIN || next >= this.#bytesMax) return false;
    this.#bytesMax = next;
    return true;
  }

  /** What the server lacked when it was last asked. */
  unsent(): Uint8Array {
    return Y.encodeStateAsUpdate(this.#options.doc, this.serverHas ?? undefined);
  }

  destroy(): void {
    this.#options.doc.off('update', this.#edited);
  }

  #answer(stateVector: Uint8Array): void {
    this.#answered = true;
    this.#send(Y.encodeStateAsUpdate(this.#options.doc, stateVector), SYNC_REPLY);
  }

  /** Meanwhile nothing is sent; then the server gets all that it lacks by then, as at the beginning of a connection. */
  async #learnToCut(): Promise<void> {
    this.#answered = false;
    const connection = this.#connections;
    // Without it the update goes as it is: it may well be taken.
    const whole = (update: Uint8Array): Uint8Array[] => [update];
    this.#piecesOf = await import('./pieces').then(({ piecesOf }) => piecesOf, () => whole);
    if (connection === this.#connections && this.serverHas) this.#answer(this.serverHas);
  }

  /** A reply says that nothing is missing before it, so only the last piece is one. */
  #send(update: Uint8Array, as: number): void {
    const { ws, wsconnected } = this.#options.provider;
    if (!ws || !wsconnected) return;
    if (update.length > this.#bytesMax && !this.#piecesOf) return void this.#learnToCut();
    const pieces = update.length > this.#bytesMax && this.#piecesOf ? this.#piecesOf(update, this.#bytesMax) : [update];
    for (const [at, piece] of pieces.entries()) {
      this.more = at < pieces.length - 1;
      this.#largest = Math.max(this.#largest, piece.length);
      ws.send(dataOf(this.more ? SYNC_UPDATE : as, piece));
    }
  }
}

function dataOf(kind: number, update: Uint8Array): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  for (const number of [MESSAGE_SYNC, kind]) encoding.writeVarUint(encoder, number);
  encoding.writeVarUint8Array(encoder, update);
  return encoding.toUint8Array(encoder) as Uint8Array<ArrayBuffer>;
}
