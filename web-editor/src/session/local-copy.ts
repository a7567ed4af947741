/** The document's copy in this browser (IndexedDB), and an honest answer to whether there is one. */
import { IndexeddbPersistence } from 'y-indexeddb';
import type * as Y from 'yjs';

export type LocalCopyStatus = 'loading' | 'kept' | 'none';

export class LocalCopy {
  status: LocalCopyStatus;
  /** Resolves when the copy is read, or when it is clear that there will be none. */
  readonly ready: Promise<void>;
  readonly #persistence: IndexeddbPersistence | null;
  readonly #changed: () => void;

  constructor(key: string, doc: Y.Doc, enabled: boolean, changed: () => void) {
    this.#changed = changed;
    this.#persistence = enabled ? open(key, doc) : null;
    this.status = this.#persistence ? 'loading' : 'none';
    this.ready = this.#persistence ? this.#load(this.#persistence) : Promise.resolve();
  }

  async #load(persistence: IndexeddbPersistence): Promise<void> {
    // Opening fails in private windows of some browsers and when the disk is full.
    const database = await (persistence as unknown as { _db: Promise<IDBDatabase> })._db.catch(() => null);
    if (!database) return this.#lose();
    // A failed write (quota, storage cleared by the user) surfaces only here: the library does not report it.
    for (const name of ['abort', 'close', 'error']) database.addEventListener(name, () => this.#lose());
    await persistence.whenSynced;
    if (this.status !== 'loading') return;
    this.status = 'kept';
    this.#changed();
  }

  #lose(): void {
    this.status = 'none';
    this.#changed();
  }

  /** Whether a change came out of the copy rather than from this page. */
  isOrigin(origin: unknown): boolean {
    return origin !== null && origin === this.#persistence;
  }

  close(): void {
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
