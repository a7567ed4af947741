/** The other end of a session's socket, for tests: decides when it opens, answers, acknowledges and closes. */
import * as decoding from 'lib0/decoding';
import * as encoding from 'lib0/encoding';
import { afterEach, beforeEach, vi } from 'vitest';
import { readSyncMessage, writeSyncStep1 } from 'y-protocols/sync';
import * as Y from 'yjs';
import { MESSAGE_ACK, MESSAGE_AUTH, MESSAGE_NOTICE, MESSAGE_SYNC, SYNC_QUESTION, SYNC_UPDATE, dataFrame } from './frame';

export class FakeSocket {
  static readonly OPEN = 1;
  /** Every socket dialled since the last reset, oldest first. */
  static dialled: FakeSocket[] = [];
  readonly OPEN = 1;
  readyState = 0;
  binaryType = '';
  onopen: (() => void) | null = null;
  onclose: ((event: { code: number; reason: string }) => void) | null = null;
  onerror: (() => void) | null = null;
  onmessage: ((event: { data: Uint8Array }) => void) | null = null;
  readonly url: string;
  /** Data frames received, not yet applied to the server's document. */
  received: Uint8Array[] = [];
  /** State vectors it was asked with. */
  questions: Uint8Array[] = [];
  /** Tokens handed over on this socket. */
  tokens: string[] = [];
  #applied = 0;

  constructor(url: string) {
    this.url = url;
    FakeSocket.dialled.push(this);
  }

  static get last(): FakeSocket {
    const socket = FakeSocket.dialled.at(-1);
    if (!socket) throw new Error('nobody has dialled');
    return socket;
  }

  send(bytes: Uint8Array): void {
    if (dataFrame(bytes)) this.received.push(bytes);
    if (bytes[0] === MESSAGE_SYNC && bytes[1] === SYNC_QUESTION) this.questions.push(decoding.readVarUint8Array(decoding.createDecoder(bytes.subarray(2))));
    if (bytes[0] === MESSAGE_AUTH) this.tokens.push(decoding.readVarString(decoding.createDecoder(bytes.subarray(2))));
  }

  close(): void {
    this.readyState = 3;
  }

  /** Opens the socket and syncs it with the server's document, as the handshake does. */
  sync(server: Y.Doc): void {
    this.readyState = 1;
    this.onopen?.();
    this.#message(0, (encoder) => writeSyncStep1(encoder, server));
    this.#message(0, (encoder) => {
      encoding.writeVarUint(encoder, 1);
      encoding.writeVarUint8Array(encoder, Y.encodeStateAsUpdate(server));
    });
  }

  /** Takes in every frame received so far and acknowledges them. */
  commit(server: Y.Doc): void {
    for (const bytes of this.received.slice(this.#applied)) {
      const decoder = decoding.createDecoder(bytes);
      decoding.readVarUint(decoder);
      readSyncMessage(decoder, encoding.createEncoder(), server, this);
    }
    this.#applied = this.received.length;
    this.#message(MESSAGE_ACK, (encoder) => encoding.writeVarUint(encoder, this.#applied));
  }

  /** Passes on what somebody else did. */
  update(update: Uint8Array): void {
    this.#message(MESSAGE_SYNC, (encoder) => {
      encoding.writeVarUint(encoder, SYNC_UPDATE);
      encoding.writeVarUint8Array(encoder, update);
    });
  }

  notice(value: unknown): void {
    this.#message(MESSAGE_NOTICE, (encoder) => encoding.writeVarString(encoder, JSON.stringify(value)));
  }

  drop(code: number, reason = ''): void {
    this.readyState = 3;
    this.onclose?.({ code, reason });
  }

  #message(type: number, write: (encoder: encoding.Encoder) => void): void {
    const encoder = encoding.createEncoder();
    encoding.writeVarUint(encoder, type);
    write(encoder);
    this.onmessage?.({ data: encoding.toUint8Array(encoder) });
  }
}

/** Gives every test of a file a clock of its own and sockets that lead to a `FakeSocket`; `end` closes what the test opened. */
export function fakeNetwork(end: () => void): void {
  beforeEach(() => {
    vi.useFakeTimers();
    vi.stubGlobal('WebSocket', FakeSocket);
    vi.stubGlobal('fetch', () => Promise.reject(new TypeError('nobody answers')));
    FakeSocket.dialled = [];
  });
  afterEach(() => {
    end();
    vi.unstubAllGlobals();
    vi.useRealTimers();
  });
}
