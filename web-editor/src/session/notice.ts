/** Notices are JSON from the other end of a socket: only fields of the expected type and size are taken. */

export interface Notice {
  readonly?: boolean;
  /** With `readonly`: the chat and the comments may be written all the same. */
  comment?: boolean;
  version?: string;
  refused?: { frame: number; reason: string };
  /** Whether the server can store what it is sent. */
  storage?: 'ok' | 'away';
  restored?: Restored;
}

/** Somebody brought a version back. */
export interface Restored {
  /** Empty if the server does not know them. */
  by: string;
  /** Its label, or its time as RFC 3339. */
  version: string;
}

const TEXT_MAX = 300;
const NAME_MAX = 160;

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
    const { by, version } = value.restored;
    notice.restored = { by: typeof by === 'string' ? by.slice(0, NAME_MAX) : '', version: version.slice(0, TEXT_MAX) };
  }
  if (isRecord(value.refused)) {
    const { frame, reason } = value.refused;
    if (typeof frame === 'number' && Number.isSafeInteger(frame) && frame > 0) {
      notice.refused = { frame, reason: typeof reason === 'string' ? reason.slice(0, TEXT_MAX) : '' };
    }
  }
  return notice;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
