/** Images the server does not have yet, kept in this browser so that a reload does not lose them. */

export interface KeptImage {
  id: string;
  blob: Blob;
}

const DATABASE = 'weft-images';
const STORE = 'images';

export class ImageStore {
  readonly #document: string;
  #opened: Promise<IDBDatabase | null> | undefined;

  constructor(document: string) {
    this.#document = document;
  }

  async keep({ id, blob }: KeptImage): Promise<void> {
    await this.#run('readwrite', (store) => store.put(blob, [this.#document, id]));
  }

  async forget(id: string): Promise<void> {
    await this.#run('readwrite', (store) => store.delete([this.#document, id]));
  }

  async all(): Promise<KeptImage[]> {
    // An array sorts after every string, so this is everything that starts with the document.
    const range = IDBKeyRange.bound([this.#document], [this.#document, []]);
    const ids = (await this.#run('readonly', (store) => store.getAllKeys(range))) ?? [];
    const blobs: unknown[] = (await this.#run('readonly', (store) => store.getAll(range))) ?? [];
    return ids.flatMap((key, at) => {
      const [id, blob] = [(key as string[])[1]!, blobs[at]];
      return blob instanceof Blob ? [{ id, blob }] : [];
    });
  }

  /** Without storage an image lasts as long as the page: no reason to fail. */
  async #run<T>(mode: IDBTransactionMode, ask: (store: IDBObjectStore) => IDBRequest<T>): Promise<T | null> {
    const database = await (this.#opened ??= open());
    if (!database) return null;
    return new Promise((resolve) => {
      const request = ask(database.transaction(STORE, mode).objectStore(STORE));
      request.onsuccess = () => resolve(request.result);
      request.onerror = () => resolve(null);
    });
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
