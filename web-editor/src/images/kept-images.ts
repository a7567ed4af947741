/**
 * Images the server does not have yet, in this browser's storage, for texts and boards alike: neither a reload nor a crash nor the
 * end of the tab loses them. Bounded for all documents together; what nobody fetched for a month goes.
 */

export interface KeptImage {
  /** Null while they have to be copied first. */
  bytes: Blob | null;
  /** The document of this server that has them. */
  from: Origin | null;
}

export interface Origin {
  document: string;
  hash: string;
}

/** `full`: what is kept already leaves no room. `none`: this browser does not let pages keep anything. */
export type Keeping = 'kept' | 'full' | 'none';

export const KEPT_IMAGES_MAX = 200;
export const KEPT_BYTES_MAX = 256 * 1024 * 1024;
const KEPT_AGE_MAX_MS = 30 * 24 * 60 * 60 * 1_000;

const DATABASE = 'weft-images';
const STORE = 'images';

interface Row extends KeptImage {
  addedMs: number;
}

export class KeptImages {
  readonly #document: string;
  #opened: Promise<IDBDatabase | null> | undefined;

  constructor(document: string) {
    this.#document = document;
  }

  /** Resolves once it is written, or when it is clear that it will not be. */
  async keep(id: string, image: KeptImage): Promise<Keeping> {
    const database = await this.#open();
    if (!database) return 'none';
    let full = false;
    return new Promise((resolve) => {
      const writing = transaction(database, 'readwrite');
      if (!writing) return resolve('none');
      const store = writing.objectStore(STORE);
      // Counted and written in one transaction, so that two tabs do not both take the last room.
      sweep(store, Date.now(), ({ images, bytes }) => {
        full = images + 1 > KEPT_IMAGES_MAX || bytes + (image.bytes?.size ?? 0) > KEPT_BYTES_MAX;
        if (!full) store.put({ ...image, addedMs: Date.now() } satisfies Row, [this.#document, id]);
      });
      writing.oncomplete = () => resolve(full ? 'full' : 'kept');
      writing.onabort = () => resolve(writing.error?.name === 'QuotaExceededError' ? 'full' : 'none');
    });
  }

  async forget(id: string): Promise<void> {
    await this.#ask('readwrite', (store) => store.delete([this.#document, id]));
  }

  /** Of every document. */
  async forgetOld(): Promise<void> {
    const database = await this.#open();
    const store = database && transaction(database, 'readwrite')?.objectStore(STORE);
    if (store) sweep(store, Date.now(), () => undefined);
  }

  async get(id: string): Promise<KeptImage | null> {
    return rowIn(await this.#ask<unknown>('readonly', (store) => store.get([this.#document, id])));
  }

  /** Of this document. */
  async ids(): Promise<string[]> {
    // An array sorts after every string, so this is everything that starts with the document.
    const all = (store: IDBObjectStore) => store.getAllKeys(IDBKeyRange.bound([this.#document], [this.#document, []]));
    const keys = (await this.#ask('readonly', all)) ?? [];
    return keys.map((key) => (key as string[])[1]!);
  }

  /** Without storage an image lasts as long as the page: no reason to fail. */
  async #ask<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
    const database = await this.#open();
    const asking = database && transaction(database, mode);
    if (!asking) return null;
    return new Promise((resolve) => {
      const request = ask(asking.objectStore(STORE));
      asking.oncomplete = () => resolve(request.result);
      asking.onabort = () => resolve(null);
    });
  }

  #open(): Promise<IDBDatabase | null> {
    return (this.#opened ??= open());
  }
}

/** Forgets what is too old and says how much is left. */
function sweep(store: IDBObjectStore, nowMs: number, left: (kept: { images: number; bytes: number }) => void): void {
  const kept = { images: 0, bytes: 0 };
  const walk = store.openCursor();
  walk.onsuccess = () => {
    const cursor = walk.result;
    if (!cursor) return left(kept);
    const row = rowIn(cursor.value);
    if (!row || nowMs - row.addedMs > KEPT_AGE_MAX_MS) cursor.delete();
    else {
      kept.images += 1;
      kept.bytes += row.bytes?.size ?? 0;
      // Kept by an earlier version, which noted no time: its month begins now.
      if (cursor.value instanceof Blob) cursor.update(row);
    }
    cursor.continue();
  };
}

function rowIn(value: unknown): Row | null {
  if (value instanceof Blob) return { bytes: value, from: null, addedMs: Date.now() };
  const { bytes, from, addedMs } = (value ?? {}) as Partial<Row>;
  if (!(bytes instanceof Blob) && !from) return null;
  return { bytes: bytes ?? null, from: from ?? null, addedMs: Number(addedMs) || 0 };
}

function transaction(database: IDBDatabase, mode: IDBTransactionMode): IDBTransaction | null {
  try {
    return database.transaction(STORE, mode);
  } catch {
    // The browser closed it: the person cleared what the site stored.
    return null;
  }
}

function open(): Promise<IDBDatabase | null> {
  return new Promise((resolve) => {
    try {
      const request = indexedDB.open(DATABASE, 1);
      request.onupgradeneeded = () => request.result.createObjectStore(STORE);
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    } catch {
      resolve(null);
    }
  });
}
