/** The few bytes of the wire format the session has to know about (y-protocols: sync is type 0). */
import * as encoding from 'lib0/encoding';
import type { DataFrame } from './ledger';

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
  if (bytes[0] !== 0) return null;
  if (bytes[1] === 1) return 'reply';
  return bytes[1] === 2 ? 'update' : null;
}

export interface SocketWatch {
  opened(): void;
  sent(frame: DataFrame): void;
}

/** A WebSocket that reports the data frames really handed to the network: only those are counted by the server. */
export function watchedSocket(watch: SocketWatch): typeof WebSocket {
  return class extends WebSocket {
    constructor(url: string | URL, protocols?: string | string[]) {
      super(url, protocols);
      watch.opened();
    }

    override send(data: Parameters<WebSocket['send']>[0]): void {
      const frame = data instanceof Uint8Array ? dataFrame(data) : null;
      super.send(data);
      if (frame) watch.sent(frame);
    }
  };
}
