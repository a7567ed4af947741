/** The document's copy in this browser (IndexedDB), and an honest answer to whether there is one. */
import { IndexeddbPersistence } from 'y-indexeddb';
import type * as Y from 'yjs';
import { Leaving } from './leaving';

export type LocalCopyStatus = 'loading' | 'kept' | 'none';

export interface LocalCopyOptions {
  key: string;
  doc: Y.Doc;
  enabled: boolean;
  /** Whether a change came from the server, which has it. */
  isRemote: (origin: unknown) => boolean;
  changed: () => void;
}

/** Where the library keeps its updates. */
const STORE = 'updates';

export class LocalCopy {
  status: LocalCopyStatus;
  /** Resolves when the copy is read, or when it is clear that there will be none. */
  readonly ready: Promise<void>;
  readonly #persistence: IndexeddbPersistence | null;
  readonly #leaving: Leaving;
  readonly #options: LocalCopyOptions;
  readonly #abort = new AbortController();
  #database: IDBDatabase | null = null;
  #settle: () => void = () => undefined;

  constructor(options: LocalCopyOptions) {
    const { key, doc, enabled, isRemote } = options;
    this.#options = options;
    this.#persistence = enabled ? open(key, doc) : null;
    this.#leaving = new Leaving({ key, doc, storage: () => localStorage, written: () => this.#written() });
    this.status = this.#persistence ? 'loading' : 'none';
    this.ready = new Promise((resolve) => (this.#settle = resolve));
    if (this.#persistence) void this.#load(this.#persistence);
    else this.#settle();
    if (!this.#persistence) return;
    // After the library's own listener: a write is under way before it is asked about.
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin !== this.#persistence && !isRemote(origin) && this.status !== 'none') this.#leaving.add(update);
    });
    const { signal } = this.#abort;
    addEventListener('pagehide', () => this.status !== 'none' && this.#leaving.leave(), { signal });
    addEventListener('pageshow', () => this.#leaving.stay(), { signal });
  }

  async #load(persistence: IndexeddbPersistence): Promise<void> {
    // Opening fails in private windows of some browsers and when the disk is full.
    const database = await (persistence as unknown as { _db: Promise<IDBDatabase> })._db.catch(() => null);
    if (!database) return this.#lose();
    this.#database = database;
    // A failed write (quota, storage cleared by the user) surfaces only here: the library does not report it.
    for (const name of ['abort', 'close', 'error']) database.addEventListener(name, () => this.#lose());
    await persistence.whenSynced;
    if (this.status !== 'loading') return;
    this.status = 'kept';
    this.#leaving.opened();
    this.#settle();
    this.#options.changed();
  }

  /** Transactions on a store follow each other: one that reads is done when those that wrote before are. */
  #written(): Promise<void> {
    return new Promise((resolve, reject) => {
      const reading = this.#database!.transaction(STORE, 'readonly');
      reading.objectStore(STORE).getKey(0);
      reading.oncomplete = () => resolve();
      reading.onabort = () => reject(reading.error);
    });
  }

  /** Empties the copy and keeps nothing from now on. Until this resolves the copy is as it was. */
  async clear(): Promise<void> {
    const database = this.#database;
    if (this.status !== 'kept' || !database || !this.#persistence) return;
    this.#options.doc.off('update', this.#persistence._storeUpdate);
    const emptying = database.transaction(STORE, 'readwrite');
    emptying.objectStore(STORE).clear();
    await new Promise<void>((resolve, reject) => {
      emptying.oncomplete = () => resolve();
      emptying.onabort = () => reject(emptying.error);
    });
    this.#leaving.forget();
    this.#lose();
  }

  /** Sees to it that nothing is lost if the page goes now; false if it cannot. */
  keep(): boolean {
    return this.status !== 'none' && this.#leaving.keep();
  }

  #lose(): void {
    this.status = 'none';
    this.#settle();
    this.#options.changed();
  }

  /** Whether a change came out of the copy rather than from this page. */
  isOrigin(origin: unknown): boolean {
    return origin !== null && (origin === this.#persistence || origin === this.#leaving);
  }

  close(): void {
    this.#abort.abort();
    this.#leaving.keep();
    this.#persistence?.destroy().catch(() => undefined);
  }
}

function open(key: string, doc: Y.Doc): IndexeddbPersistence | null {
  try {
    return new IndexeddbPersistence(key, doc);
  } catch {
    return null;
  }
}
