/** Changes that the server did not take, kept in this browser apart from the document until the person has dealt with them. */
import * as idb from 'lib0/indexeddb';
import * as Y from 'yjs';

export interface Aside {
  /** Unix milliseconds. */
  at: number;
  /** In the words of the server; may be empty. */
  reason: string;
  update: Uint8Array;
}

const DATABASE = 'weft-aside';
const STORE = 'changes';
/** Of one document; who has more aside has to deal with that first. */
export const ASIDE_BYTES_MAX = 64 << 20;

/** This browser cannot keep anything aside: it allows no databases, or there is no room. */
export class NotKept extends Error {
  override name = 'NotKept';
}

/** Adds to what is aside of a document already. Throws `NotKept`. */
export async function putAside(key: string, aside: Aside): Promise<void> {
  await put(key, aside).catch((error: unknown) => {
    throw new NotKept('the browser cannot keep it', { cause: error });
  });
}

async function put(key: string, aside: Aside): Promise<void> {
  const known = await asideOf(key);
  const update = known ? Y.mergeUpdates([known.update, aside.update]) : aside.update;
  if (update.length > ASIDE_BYTES_MAX) throw new Error(`more than ${ASIDE_BYTES_MAX} bytes are kept aside`);
  await withStore('readwrite', (store) => idb.rtop(store.put({ ...aside, update }, key)));
}

/** What is aside of a document; null when nothing is. */
export async function asideOf(key: string): Promise<Aside | null> {
  const found: unknown = await withStore('readonly', (store) => idb.get(store, key));
  if (typeof found !== 'object' || found === null) return null;
  const { at, reason, update } = found as Partial<Aside>;
  if (typeof at !== 'number' || typeof reason !== 'string' || !(update instanceof Uint8Array)) return null;
  return { at, reason, update };
}

/** The person needs it no more. */
export async function dropAside(key: string): Promise<void> {
  await withStore('readwrite', (store) => idb.del(store, key));
}

/** Resolves when the transaction is done, not only the request: what counts as kept is on the disk. */
async function withStore<T>(mode: IDBTransactionMode, act: (store: IDBObjectStore) => Promise<T>): Promise<T> {
  const database = await idb.openDB(DATABASE, (db) => idb.createStores(db, [[STORE]]));
  try {
    const transaction = database.transaction(STORE, mode);
    const done = new Promise<void>((resolve, reject) => {
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
    });
    const [result] = await Promise.all([act(transaction.objectStore(STORE)), done]);
    return result;
  } finally {
    database.close();
  }
}
