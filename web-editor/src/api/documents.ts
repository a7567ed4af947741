/** The document list of the HTTP API. */
import { personIn, type Person } from '../presence/person';
import { problemOf, unreachable } from './problem';
import { pageToken } from './token';

export interface DocumentInfo {
  name: string;
  title: string;
  kind: string;
  created_at: string;
  updated_at: string;
  /** Some of the people who have it open, at most five. */
  present: Person[];
  /** How many have it open. */
  present_count: number;
}

/** What the list may be narrowed to; empty for everything. */
export type KindFilter = '' | 'document' | 'whiteboard';

export interface ListQuestion {
  query: string;
  kind: KindFilter;
  cursor: string | null;
}

export interface DocumentPage {
  documents: DocumentInfo[];
  next: string | null;
}

export async function listDocuments({ query, kind, cursor }: ListQuestion, signal?: AbortSignal): Promise<DocumentPage> {
  const parameters = new URLSearchParams();
  if (query) parameters.set('query', query);
  if (kind) parameters.set('kind', kind);
  if (cursor) parameters.set('cursor', cursor);
  const body = await request(`/api/documents?${parameters}`, { signal: signal ?? null });
  const { documents, next } = (body ?? {}) as Partial<DocumentPage>;
  return { documents: Array.isArray(documents) ? documents.map(complete) : [], next: next ?? null };
}

export interface NewDocument {
  kind: 'document' | 'whiteboard';
  /** The server makes one up if there is none. */
  name?: string;
  title?: string;
}

export async function createDocument(wanted: NewDocument): Promise<DocumentInfo> {
  return complete(await request('/api/documents', { method: 'POST', body: JSON.stringify(wanted) }));
}

/** Adds an update to a document; resolves when it is committed. The same update twice is the same as once. */
export async function updateDocument(name: string, update: Uint8Array): Promise<void> {
  await request(`${path(name)}/update`, { method: 'POST', body: update as Uint8Array<ArrayBuffer>, headers: { 'content-type': 'application/octet-stream' } });
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
  const headers = new Headers(init.headers);
  headers.set('accept', 'application/json');
  if (init.body && !headers.has('content-type')) headers.set('content-type', 'application/json');
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
  const present = peopleOf(given.present);
  const count = typeof given.present_count === 'number' && Number.isSafeInteger(given.present_count) ? given.present_count : 0;
  return {
    name: text('name'),
    title: text('title'),
    kind: text('kind'),
    created_at: text('created_at'),
    updated_at: text('updated_at'),
    present,
    present_count: Math.max(count, present.length),
  };
}

const PRESENT_MAX = 5;

/** People say themselves who they are; the server only passes it on. */
function peopleOf(value: unknown): Person[] {
  if (!Array.isArray(value)) return [];
  const people = value.slice(0, PRESENT_MAX).map((user) => personIn({ user }));
  return people.filter((person) => person !== null);
}
