/** Which documents this browser keeps a copy of: what home shows while the server cannot be asked. */
import type { Kind } from '../api/documents';

export interface KeptDocument {
  name: string;
  kind: Kind;
  title: string;
  /** When it was last open here, in milliseconds since 1970. */
  at: number;
}

const STORED = 'weft-kept';
const KEPT_MAX = 200;
const NAME_MAX = 512;
const TITLE_MAX = 200;

/** Notes a document as open now; the one that was open longest ago gives way. */
export function noteKept(document: KeptDocument, storage: Storage | null = safeStorage()): void {
  write([document, ...read(storage).filter(({ name }) => name !== document.name)].slice(0, KEPT_MAX), storage);
}

/** Its access was taken away, or it was deleted. */
export function forgetKept(name: string, storage: Storage | null = safeStorage()): void {
  const kept = read(storage);
  const left = kept.filter((document) => document.name !== name);
  if (left.length < kept.length) write(left, storage);
}

/** The documents of which there is a copy, the one that was open last first. */
export async function keptDocuments(storage: Storage | null = safeStorage()): Promise<KeptDocument[]> {
  const kept = read(storage).sort((one, other) => other.at - one.at);
  // Browsers clear databases on their own; a few cannot list them.
  const databases = await indexedDB.databases?.().catch(() => null);
  const copies = databases && new Set(databases.map(({ name }) => name));
  return copies ? kept.filter(({ name }) => copies.has(`weft:${name}`)) : kept;
}

function read(storage: Storage | null): KeptDocument[] {
  try {
    const value: unknown = JSON.parse(storage?.getItem(STORED) ?? '[]');
    return Array.isArray(value) ? value.slice(0, KEPT_MAX).filter(isKept) : [];
  } catch {
    return [];
  }
}

function write(documents: KeptDocument[], storage: Storage | null): void {
  try {
    storage?.setItem(STORED, JSON.stringify(documents.map((document) => ({ ...document, title: document.title.slice(0, TITLE_MAX) }))));
  } catch {
    // A full storage costs only the list: the documents open by their addresses.
  }
}

function isKept(value: unknown): value is KeptDocument {
  if (typeof value !== 'object' || value === null) return false;
  const { name, kind, title, at } = value as Record<string, unknown>;
  const named = typeof name === 'string' && name !== '' && name.length <= NAME_MAX;
  return named && (kind === 'document' || kind === 'whiteboard') && typeof title === 'string' && typeof at === 'number' && Math.abs(at) <= 8.64e15;
}

function safeStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
