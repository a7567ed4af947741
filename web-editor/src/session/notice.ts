/** Notices are JSON from the other end of a socket: only fields of the expected type and size are taken. */

import type { Voucher } from './people';

export interface Notice {
  readonly?: boolean;
  /** With `readonly`: the chat and the comments may be written all the same. */
  comment?: boolean;
  version?: string;
  refused?: { frame: number; reason: string };
  /** Whether the server can store what it is sent. */
  storage?: 'ok' | 'away';
  restored?: Restored;
  /** By awareness client: what the server vouches for; null for those it vouches for no more. */
  people?: Map<number, Voucher | null>;
}

/** Somebody brought a version back. */
export interface Restored {
  /** Empty if the server does not know them. */
  by: string;
  /** The awareness client of whoever asked for it, if their page told. */
  client?: number;
  /** Its label, or its time as RFC 3339. */
  version: string;
}

const TEXT_MAX = 300;
const NAME_MAX = 160;
const USER_MAX = 512;
/** More clients than a document vouches for. */
const PEOPLE_MAX = 4_096;

/** Reads a notice; null when it is not one. Unknown fields are left out. */
export function parseNotice(text: string): Notice | null {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    return null;
  }
  if (!isRecord(value)) return null;
  const notice: Notice = {};
  if (typeof value.readonly === 'boolean') {
    notice.readonly = value.readonly;
    notice.comment = value.role === 'comment';
  }
  if (typeof value.version === 'string') notice.version = value.version.slice(0, TEXT_MAX);
  if (isRecord(value.storage) && (value.storage.state === 'ok' || value.storage.state === 'away')) {
    notice.storage = value.storage.state;
  }
  if (isRecord(value.restored) && typeof value.restored.version === 'string') {
    const { by, client, version } = value.restored;
    notice.restored = { by: typeof by === 'string' ? by.slice(0, NAME_MAX) : '', version: version.slice(0, TEXT_MAX), ...(isClient(client) && { client }) };
  }
  if (isRecord(value.people)) notice.people = peopleIn(value.people);
  if (isRecord(value.refused)) {
    const { frame, reason } = value.refused;
    if (typeof frame === 'number' && Number.isSafeInteger(frame) && frame > 0) {
      notice.refused = { frame, reason: typeof reason === 'string' ? reason.slice(0, TEXT_MAX) : '' };
    }
  }
  return notice;
}

function peopleIn(value: Record<string, unknown>): Map<number, Voucher | null> {
  const people = new Map<number, Voucher | null>();
  for (const [key, told] of Object.entries(value).slice(0, PEOPLE_MAX)) {
    const client = Number(key);
    if (!isClient(client)) continue;
    const { user, name } = isRecord(told) ? told : {};
    const voucher = { user: textOrNull(user, USER_MAX), name: textOrNull(name, NAME_MAX) };
    people.set(client, voucher.user === null && voucher.name === null ? null : voucher);
  }
  return people;
}

function textOrNull(value: unknown, max: number): string | null {
  return typeof value === 'string' && value !== '' ? value.slice(0, max) : null;
}

function isClient(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
