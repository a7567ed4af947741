/** Share links of the HTTP API: signed tokens for one document. */
import { cleanName } from '../presence/person';
import { request } from './request';

export type LinkAccess = 'read' | 'comment' | 'write';

export interface ShareLink {
  id: string;
  token: string;
  /** RFC 3339. */
  expires: string;
}

/** A link that was made before. */
export interface ListedLink {
  id: string;
  access: LinkAccess;
  /** Who made it; empty if nobody knows. */
  madeBy: string;
  /** RFC 3339. */
  expires: string;
  /** Empty for who may not be shown it. */
  token: string;
}

const LINKS_MAX = 200;

/** The links of a document that are good now, newest first. Throws a `Problem`. */
export async function listLinks(document: string): Promise<ListedLink[]> {
  const response = await request(`/api/documents/${encodeURIComponent(document)}/links`);
  const { links } = ((await response.json()) ?? {}) as { links?: unknown };
  return Array.isArray(links) ? links.slice(0, LINKS_MAX).flatMap((link) => listedIn(link) ?? []) : [];
}

function listedIn(value: unknown): ListedLink | null {
  const { id, access, made_by: maker, expires, token } = (value ?? {}) as Record<string, unknown>;
  const role = (['read', 'comment', 'write'] as const).find((known) => known === access);
  if (typeof id !== 'string' || !role || typeof expires !== 'string') return null;
  const { name, user } = (maker ?? {}) as Record<string, unknown>;
  return { id, access: role, madeBy: cleanName(name) || cleanName(user), expires, token: typeof token === 'string' ? token : '' };
}

/** Makes a link. Throws a `Problem`: 409 where there is nothing to sign with, 403 for who may not share. */
export async function createLink(document: string, access: LinkAccess, expires: Date): Promise<ShareLink> {
  const response = await request(`/api/documents/${encodeURIComponent(document)}/links`, { method: 'POST', json: { access, expires: expires.toISOString() } });
  const { id, token, expires: until } = (await response.json()) as Partial<ShareLink>;
  return { id: id ?? '', token: token ?? '', expires: until ?? expires.toISOString() };
}

/** Takes a link back: whoever came in by it is out at once. */
export async function deleteLink(document: string, id: string): Promise<void> {
  await request(`/api/documents/${encodeURIComponent(document)}/links/${encodeURIComponent(id)}`, { method: 'DELETE' });
}
