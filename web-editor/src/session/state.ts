/** What a page may know about its session, derived from the parts in one place. */
import type { Connection } from './connection';
import type { AckLedger } from './ledger';
import type { LocalCopyStatus } from './local-copy';
import type { Reach } from './reach';
import { isContentRefusal } from './refusal';

/** `offline`: the connection was lost or refused and is being tried again. `denied`: the server said no for good. */
export type Net = 'connecting' | 'online' | 'offline' | 'denied';
/** `local`: not committed by the server; kept by this browser if `localCopy` is true, else only by this tab. */
export type Save = 'loading' | 'saving' | 'saved' | 'local';

export interface State {
  net: Net;
  save: Save;
  /** Why there is no connection, as far as it is known. */
  reach: Reach;
  /** There is content to show: it came from the server or from this browser's copy. */
  loaded: boolean;
  readonly: boolean;
  /** The chat may be written: everybody may who may write, and some who else may only read. */
  mayComment: boolean;
  localCopy: boolean;
  /** The server is there and cannot store anything: saving waits until it can. */
  storageAway: boolean;
  /** Why the server refused the latest changes; null when it did not. */
  refused: string | null;
  /** There are changes that the server will not take however often they are sent: `leaveOut` is the way on. */
  stuck: boolean;
  /** Close code and reason, when `net` is `denied`. */
  code: number | null;
  reason: string;
  /** The server's version, when it told. */
  version: string | null;
}

export interface Parts {
  connection: Connection;
  reach: Reach;
  ledger: AckLedger;
  localCopy: LocalCopyStatus;
  loaded: boolean;
  readonly: boolean;
  comment: boolean;
  /** Edits existed up to this number when the person last changed something. */
  typed: number;
  /** The server has said what it has: what it lacks is known. */
  asked: boolean;
  refused: string | null;
  /** What the server said last of its storage on this connection. */
  storageAway: boolean;
  version: string | null;
}

export function describe(parts: Parts): State {
  const { phase } = parts.connection;
  return {
    net: netOf(parts.connection),
    save: saveOf(parts),
    reach: parts.reach,
    loaded: parts.loaded,
    readonly: parts.readonly,
    mayComment: !parts.readonly || parts.comment,
    localCopy: parts.localCopy === 'kept',
    storageAway: parts.storageAway && phase.at === 'synced',
    refused: parts.refused,
    stuck: isStuck(parts),
    code: phase.at === 'denied' ? phase.code : null,
    reason: phase.at === 'denied' ? phase.reason : '',
    version: parts.version,
  };
}

function isStuck({ connection, ledger, readonly, comment, typed, asked }: Parts): boolean {
  const { phase } = connection;
  if (phase.at === 'denied') return asked && isContentRefusal(phase.code);
  return phase.at === 'synced' && readonly && !comment && typed > ledger.committed;
}

function netOf({ phase, down }: Connection): Net {
  if (phase.at === 'denied') return 'denied';
  if (phase.at === 'synced') return 'online';
  return down ? 'offline' : 'connecting';
}

function saveOf({ connection, ledger, loaded, readonly, comment, typed }: Parts): Save {
  if (!loaded && typed === 0) return 'loading';
  const synced = connection.phase.at === 'synced';
  // A reader's frames are never committed, and there is nothing of theirs to commit.
  if (readonly && !comment) return typed > ledger.committed ? 'local' : 'saved';
  if (ledger.settled) return 'saved';
  return synced && !ledger.refused ? 'saving' : 'local';
}
