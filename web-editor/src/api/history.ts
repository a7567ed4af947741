/** A document's past: how long it is, every update of it, its versions, and who wrote. All answers are checked. */
import { cleanName } from '../presence/person';
import { request } from './request';

export type VersionKind = 'named' | 'restore' | 'auto';

export interface Version {
  id: string;
  kind: VersionKind;
  /** Empty for automatic ones. */
  label: string;
  at: number;
  author: string;
}

export interface Author {
  client: number;
  /** The authenticated user, or null. */
  user: string | null;
  name: string;
  color: string;
}

export interface Span {
  first: number;
  last: number;
}

export interface Restored {
  id: string;
  /** The version that takes the restore back. */
  before: string;
  changed: boolean;
}

export const LABEL_CHARS_MAX = 200;
const ID = /^(?:named|restore|auto)-\d{1,19}$/;
const USER_CHARS_MAX = 256;
const AUTHORS_MAX = 100_000;
const VERSION_PAGE = 200;
const VERSIONS_MAX = 2_000;
const CURSOR_CHARS_MAX = 200;

export const isVersionId = (value: unknown): value is string => typeof value === 'string' && ID.test(value);

/** When the first and the last update came; null for a document without any. */
export async function historySpan(name: string, signal?: AbortSignal): Promise<Span | null> {
  const { first_ms: first, last_ms: last } = await json(request(`${path(name)}/history?limit=1`, { signal }));
  return isMoment(first) && isMoment(last) ? { first, last } : null;
}

/** Every update in order, as the bytes that `FrameReader` reads. */
export async function replay(name: string, signal?: AbortSignal): Promise<ReadableStream<Uint8Array>> {
  const { body } = await request(`${path(name)}/replay`, { signal });
  return body ?? new ReadableStream({ start: (controller) => controller.close() });
}

/** The whole state at a moment: milliseconds, RFC 3339 or the id of a version. */
export async function stateAt(name: string, at: string, signal?: AbortSignal): Promise<Uint8Array> {
  const response = await request(`${path(name)}/history/${encodeURIComponent(at)}`, { signal });
  return new Uint8Array(await response.arrayBuffer());
}

export async function authors(name: string, signal?: AbortSignal): Promise<Author[]> {
  const { authors: given } = await json(request(`${path(name)}/authors`, { signal }));
  if (!Array.isArray(given)) return [];
  return given.slice(0, AUTHORS_MAX).flatMap((value: unknown) => {
    const { client, user, name: called, color } = recordOf(value);
    if (!Number.isSafeInteger(client)) return [];
    return [{ client: client as number, user: userOf(user), name: cleanName(called), color: typeof color === 'string' ? color.slice(0, 32) : '' }];
  });
}

/** Newest first, the automatic ones too; at most the newest 2,000. */
export async function versions(name: string, signal?: AbortSignal): Promise<Version[]> {
  const all: Version[] = [];
  let cursor = '';
  do {
    const query = new URLSearchParams({ auto: '1', limit: String(VERSION_PAGE), ...(cursor && { cursor }) });
    const { versions: given, next } = await json(request(`${path(name)}/versions?${query}`, { signal }));
    if (!Array.isArray(given) || given.length === 0) break;
    all.push(...given.slice(0, VERSION_PAGE).flatMap((value) => versionIn(value) ?? []));
    cursor = typeof next === 'string' && next.length <= CURSOR_CHARS_MAX ? next : '';
  } while (cursor && all.length < VERSIONS_MAX);
  return all;
}

/** Names what there was at a moment: milliseconds or the id of a version. */
export async function nameVersion(name: string, label: string, at: number | string): Promise<Version | null> {
  const made = await json(request(`${path(name)}/versions`, { method: 'POST', json: { label, at } }));
  return versionIn({ ...made, kind: 'named' });
}

export async function renameVersion(name: string, id: string, label: string): Promise<void> {
  await request(`${path(name)}/versions/${id}`, { method: 'PATCH', json: { label } });
}

/** Takes a name away; no edit goes with it. */
export async function deleteVersion(name: string, id: string): Promise<void> {
  await request(`${path(name)}/versions/${id}`, { method: 'DELETE' });
}

/** Makes the document what it was, as an edit on top of everything. `client` is this page in awareness, by which others know who it was. */
export async function restoreVersion(name: string, id: string, client: number): Promise<Restored> {
  const made = await json(request(`${path(name)}/versions/${id}/restore?client=${client}`, { method: 'POST' }));
  const text = (value: unknown) => (isVersionId(value) ? value : '');
  return { id: text(made.id), before: text(made.before), changed: made.update_bytes !== 0 };
}

/** The id of the state at a moment, whether or not anybody made it a version. */
export const momentId = (at: number): string => `auto-${Math.max(0, Math.floor(at))}`;

export function versionIn(value: unknown): Version | null {
  const { id, kind, label, at_ms: at, author } = recordOf(value);
  if (!isVersionId(id) || !isMoment(at)) return null;
  if (kind !== 'named' && kind !== 'restore' && kind !== 'auto') return null;
  const { name, user } = recordOf(author);
  return { id, kind, at, label: typeof label === 'string' ? oneLine(label) : '', author: cleanName(name) || cleanName(user) };
}

function oneLine(label: string): string {
  return label.slice(0, LABEL_CHARS_MAX * 2).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim().slice(0, LABEL_CHARS_MAX);
}

function userOf(value: unknown): string | null {
  return typeof value === 'string' && value !== '' && value.length <= USER_CHARS_MAX ? value : null;
}

/** Whatever a Date can hold. */
function isMoment(value: unknown): value is number {
  return typeof value === 'number' && Number.isFinite(value) && Math.abs(value) <= 8.64e15;
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {};
}

async function json(response: Promise<Response>): Promise<Record<string, unknown>> {
  return recordOf(await (await response).json().catch(() => null));
}

function path(name: string): string {
  return `/api/documents/${encodeURIComponent(name)}`;
}
