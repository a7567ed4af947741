/** Share links of the HTTP API: signed tokens for one document. */
import { request } from './request';

export type LinkAccess = 'read' | 'comment' | 'write';

export interface ShareLink {
  id: string;
  token: string;
  /** RFC 3339. */
  expires: string;
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
