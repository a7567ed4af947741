/** The document list of the HTTP API. */
import { problemOf, unreachable } from './problem';
import { pageToken } from './token';

export interface DocumentInfo {
  name: string;
  title: string;
  kind: string;
  created_at: string;
  updated_at: string;
}

export interface DocumentPage {
  documents: DocumentInfo[];
  next: string | null;
}

export async function listDocuments(query: string, cursor: string | null, signal?: AbortSignal): Promise<DocumentPage> {
  const parameters = new URLSearchParams();
  if (query) parameters.set('query', query);
  if (cursor) parameters.set('cursor', cursor);
  const body = await request(`/api/documents?${parameters}`, { signal: signal ?? null });
  const { documents, next } = (body ?? {}) as Partial<DocumentPage>;
  return { documents: Array.isArray(documents) ? documents.map(complete) : [], next: next ?? null };
}

export async function createDocument(): Promise<DocumentInfo> {
  return complete(await request('/api/documents', { method: 'POST', body: JSON.stringify({ kind: 'document' }) }));
}

export async function documentInfo(name: string): Promise<DocumentInfo> {
  return complete(await request(path(name), {}));
}

/** `keepalive` lets the request outlive the page. */
export async function retitleDocument(name: string, title: string, keepalive = false): Promise<void> {
  await request(path(name), { method: 'PATCH', body: JSON.stringify({ title }), keepalive });
}

export async function deleteDocument(name: string): Promise<void> {
  await request(path(name), { method: 'DELETE' });
}

export async function undeleteDocument(name: string): Promise<void> {
  await request(`${path(name)}/undelete`, { method: 'POST' });
}

function path(name: string): string {
  return `/api/documents/${encodeURIComponent(name)}`;
}

async function request(url: string, init: RequestInit): Promise<unknown> {
  const headers = new Headers({ accept: 'application/json' });
  if (init.body) headers.set('content-type', 'application/json');
  const token = pageToken();
  if (token) headers.set('authorization', `Bearer ${token}`);
  const response = await fetch(url, { ...init, headers }).catch((error: unknown) => {
    if (error instanceof DOMException && error.name === 'AbortError') throw error;
    throw unreachable();
  });
  if (!response.ok) throw await problemOf(response);
  return response.status === 204 ? null : response.json().catch(() => null);
}

function complete(value: unknown): DocumentInfo {
  const given = (value ?? {}) as Partial<Record<keyof DocumentInfo, unknown>>;
  const text = (field: keyof DocumentInfo): string => (typeof given[field] === 'string' ? given[field] : '');
  return { name: text('name'), title: text('title'), kind: text('kind'), created_at: text('created_at'), updated_at: text('updated_at') };
}
