/** Share links of the HTTP API: signed tokens for one document. */
import { problemOf, unreachable } from './problem';
import { pageToken } from './token';

export type LinkAccess = 'read' | 'comment' | 'write';

export interface ShareLink {
  id: string;
  token: string;
  /** RFC 3339. */
  expires: string;
}

/** Makes a link. Throws a `Problem`: 409 where there is nothing to sign with, 403 for who may not share. */
export async function createLink(document: string, access: LinkAccess, expires: Date): Promise<ShareLink> {
  const response = await send('POST', `/api/documents/${encodeURIComponent(document)}/links`, { access, expires: expires.toISOString() });
  const { id, token, expires: until } = (await response.json()) as Partial<ShareLink>;
  return { id: id ?? '', token: token ?? '', expires: until ?? expires.toISOString() };
}

/** Takes a link back: whoever came in by it is out at once. */
export async function deleteLink(document: string, id: string): Promise<void> {
  await send('DELETE', `/api/documents/${encodeURIComponent(document)}/links/${encodeURIComponent(id)}`);
}

async function send(method: string, url: string, body?: object): Promise<Response> {
  const headers = new Headers({ accept: 'application/json' });
  if (body) headers.set('content-type', 'application/json');
  const token = pageToken();
  if (token) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(url, { method, headers, body: body ? JSON.stringify(body) : null }).catch(() => {
    throw unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  return response;
}
