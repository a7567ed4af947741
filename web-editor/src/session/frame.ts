/** The few bytes of the wire format the session has to know about (y-protocols: sync is type 0). */
import * as encoding from 'lib0/encoding';
import { writeSyncStep1 } from 'y-protocols/sync';
import type * as Y from 'yjs';
import type { DataFrame } from './ledger';

/** Both ways: the document, as y-protocols has it. */
export const MESSAGE_SYNC = 0;
export const SYNC_QUESTION = 0;
export const SYNC_REPLY = 1;
export const SYNC_UPDATE = 2;

/** Both ways: who is there and what they do, as y-protocols has it. */
export const MESSAGE_AWARENESS = 1;

/** Server to client: varUint n = the first n data frames of this socket are committed. */
export const MESSAGE_ACK = 100;
/** Server to client: varString JSON, see notice.ts. */
export const MESSAGE_NOTICE = 101;

/** Client to server: access, see `tokenFrame`. */
export const MESSAGE_AUTH = 2;
const AUTH_TOKEN = 0;

/** Client to server: a fresh token for this socket, `2, 0, varString`. */
export function tokenFrame(token: string): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE_AUTH);
  encoding.writeVarUint(encoder, AUTH_TOKEN);
  encoding.writeVarString(encoder, token);
  return encoding.toUint8Array(encoder) as Uint8Array<ArrayBuffer>;
}

/** What kind of data a frame carries, or null for awareness, state vectors and everything else. */
export function dataFrame(bytes: Uint8Array): DataFrame | null {
  if (bytes[0] !== MESSAGE_SYNC) return null;
  if (bytes[1] === SYNC_REPLY) return 'reply';
  return bytes[1] === SYNC_UPDATE ? 'update' : null;
}

/** Asks the server for what this document lacks. */
function questionFrame(doc: Y.Doc): Uint8Array<ArrayBuffer> {
  const encoder = encoding.createEncoder();
  encoding.writeVarUint(encoder, MESSAGE_SYNC);
  writeSyncStep1(encoder, doc);
  return encoding.toUint8Array(encoder) as Uint8Array<ArrayBuffer>;
}

export interface SocketWatch {
  doc: Y.Doc;
  opened(): void;
  sent(frame: DataFrame): void;
  /** When it is known what this browser has, and so what it lacks. */
  ready(): Promise<void>;
}

/** A WebSocket that reports the data frames really handed to the network: only those are counted by the server. */
export function watchedSocket(watch: SocketWatch): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      watch.opened();
    }

    override send(data: Parameters<WebSocket['send']>[0]): void {
      if (data instanceof Uint8Array && data[0] === MESSAGE_SYNC && data[1] === SYNC_QUESTION) return void this.#ask();
      const frame = data instanceof Uint8Array ? dataFrame(data) : null;
      super.send(data);
      if (frame) watch.sent(frame);
    }

    /** The provider asks as soon as the socket is open, and would be sent all that the browser's copy has. */
    async #ask(): Promise<void> {
      await watch.ready();
      if (this.readyState === WebSocket.OPEN) super.send(questionFrame(watch.doc));
    }
  };
}
