/** The document list of the HTTP API. */
import { personIn, type Person } from '../presence/person';
import { marked, USER_MARK } from '../session/people';
import { request } from './request';
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
  const body = await json(request(`/api/documents?${parameters}`, { signal }));
  const { documents, next } = (body ?? {}) as Partial<DocumentPage>;
  return { documents: Array.isArray(documents) ? documents.map(complete) : [], next: next ?? null };
}

export interface NewDocument {
  kind: Kind;
  /** The server makes one up if there is none. */
  name?: string;
  title?: string;
}

export async function createDocument(wanted: NewDocument): Promise<DocumentInfo> {
  return complete(await json(request('/api/documents', { method: 'POST', json: wanted })));
}

/** Adds an update to a document; resolves when it is committed. The same update twice is the same as once. */
export async function updateDocument(name: string, update: Uint8Array): Promise<void> {
  await request(`${path(name)}/update`, { method: 'POST', bytes: update as Uint8Array<ArrayBuffer> });
}

/** What the list says of one document; null while it is not stored, which is no error. */
export async function documentInfo(name: string): Promise<DocumentInfo | null> {
  const body = await json(request(`/api/documents?${new URLSearchParams({ name })}`));
  const [info] = ((body ?? {}) as Partial<DocumentPage>).documents ?? [];
  return info ? complete(info) : null;
}

/** `keepalive` lets the request outlive the page. */
export async function retitleDocument(name: string, title: string, keepalive = false): Promise<void> {
  await request(path(name), { method: 'PATCH', json: { title }, keepalive });
}

export type Kind = 'document' | 'whiteboard';

/** Says what a document is edited as. */
export async function setKind(name: string, kind: Kind): Promise<void> {
  await request(path(name), { method: 'PATCH', json: { kind } });
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

async function json(response: Promise<Response>): Promise<unknown> {
  return (await response).json().catch(() => null);
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

/** People say themselves who they are; the server only passes it on, but for who is signed in. */
function peopleOf(value: unknown): Person[] {
  if (!Array.isArray(value)) return [];
  const people = value.slice(0, PRESENT_MAX).map((user) => personIn({ user }));
  const withTokens = pageToken() !== null;
  return people.filter((person) => person !== null).map((person) => (withTokens && !person.id.startsWith(USER_MARK) ? { ...person, name: marked(person.name) } : person));
}
