/** What the page's own token says. Nothing is verified here: only the server can, and it does. */

export type Role = 'read' | 'comment' | 'write' | 'admin';

export interface Claims {
  /** The signed-in user's id; null for a token that names nobody. */
  user: string | null;
  name: string | null;
  /** Names and patterns that end in `*`. */
  documents: ReadonlyMap<string, Role>;
  /** A share link's token: its bearer may not make links. */
  isLink: boolean;
}

const ROLES: readonly string[] = ['read', 'comment', 'write', 'admin'];
const TEXT_MAX = 512;

/** The claims of a JWT; null for what is none. */
export function claimsOf(token: string | null): Claims | null {
  const claims = payloadOf(token);
  if (!claims) return null;
  const documents = new Map<string, Role>();
  for (const [name, role] of Object.entries(isRecord(claims.documents) ? claims.documents : {})) {
    if (typeof role === 'string' && ROLES.includes(role)) documents.set(name, role as Role);
  }
  return { user: text(claims.sub), name: text(claims.name), documents, isLink: text(claims.jti)?.startsWith('link-') ?? false };
}

/** The role for a name, as the server finds it: the exact entry, else the longest pattern that fits. */
export function roleFor(name: string, documents: Claims['documents']): Role | null {
  const exact = name.endsWith('*') ? undefined : documents.get(name);
  if (exact) return exact;
  const fitting = [...documents].filter(([key]) => key.endsWith('*') && name.startsWith(key.slice(0, -1)));
  return fitting.sort(([one], [other]) => other.length - one.length)[0]?.[1] ?? null;
}

/** Where new documents may be: prefixes, the empty one for anywhere, shortest first. */
export function prefixesToWrite(documents: Claims['documents']): string[] {
  const writing = [...documents].filter(([key, role]) => key.endsWith('*') && (role === 'write' || role === 'admin'));
  return writing.map(([key]) => key.slice(0, -1)).sort((one, other) => one.length - other.length || (one < other ? -1 : 1));
}

function payloadOf(token: string | null): Record<string, unknown> | null {
  try {
    const binary = atob(token!.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/'));
    const bytes = Uint8Array.from(binary, (letter) => letter.charCodeAt(0));
    const claims: unknown = JSON.parse(new TextDecoder().decode(bytes));
    return isRecord(claims) ? claims : null;
  } catch {
    return null;
  }
}

function text(value: unknown): string | null {
  return typeof value === 'string' && value.trim() !== '' && value.length <= TEXT_MAX ? value : null;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
