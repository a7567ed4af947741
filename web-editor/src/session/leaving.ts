/**
 * Edits on their way into the browser's database. A page that is left takes the writes under way with it, so at the last moment
 * whatever is not known to be written goes into `localStorage`, which is done before the page is gone, and comes back at the next visit.
 */
import { fromBase64, toBase64 } from 'lib0/buffer';
import * as Y from 'yjs';

const PREFIX = 'weft-leaving:';
/** More than this does not fit into `localStorage` for certain, whose five million characters all documents share. */
export const KEPT_BYTES_MAX = 1 << 20;

export interface LeavingOptions {
  /** Names the copy of the document. */
  key: string;
  doc: Y.Doc;
  storage: () => Storage;
  /** Resolves when everything is in the database that was on its way when it was called. */
  written: () => Promise<void>;
}

export class Leaving {
  readonly #options: LeavingOptions;
  /** Where this page keeps its own. */
  readonly #own: string;
  #unwritten: Uint8Array[] = [];
  #bytes = 0;
  /** Edits that found no room among these, until they are written. */
  #overflowed = 0;
  #open = false;
  #confirming = false;
  #kept = false;
  #left = false;
  /** What earlier pages kept, until it is written. */
  #found: string[] = [];

  constructor(options: LeavingOptions) {
    this.#options = options;
    this.#own = `${prefixOf(options.key)}${options.doc.clientID}`;
  }

  /** An edit of this page that the database gets now. */
  add(update: Uint8Array): void {
    if (this.#bytes + update.length > KEPT_BYTES_MAX) this.#overflowed += 1;
    else {
      this.#unwritten.push(update);
      this.#bytes += update.length;
    }
    // What is made while the page goes comes after its last moment.
    if (this.#left) this.keep();
    void this.#confirm();
  }

  /** The database is open and was read: brings back what earlier pages could not write, and confirms from now on. */
  opened(): void {
    this.#open = true;
    for (const key of this.#keys()) this.#bringBack(key);
    void this.#confirm();
  }

  /** Keeps what is not known to be written; false if not all of it can be kept. */
  keep(): boolean {
    if (this.#unwritten.length === 0) return this.#overflowed === 0;
    try {
      this.#options.storage().setItem(this.#own, this.#unwritten.map(toBase64).join(' '));
      this.#kept = true;
      return this.#overflowed === 0;
    } catch {
      return false;
    }
  }

  /** Nothing that is kept of this document is wanted any more. */
  forget(): void {
    this.#unwritten = [];
    this.#bytes = 0;
    this.#overflowed = 0;
    this.#kept = false;
    for (const key of [...this.#keys(), this.#own]) this.#options.storage().removeItem(key);
  }

  leave(): void {
    this.#left = true;
    this.keep();
  }

  /** The page that was left is shown again. */
  stay(): void {
    this.#left = false;
  }

  #keys(): string[] {
    try {
      const storage = this.#options.storage();
      const keys = Array.from({ length: storage.length }, (_, at) => storage.key(at) ?? '');
      return keys.filter((key) => key.startsWith(prefixOf(this.#options.key)) && key !== this.#own);
    } catch {
      return [];
    }
  }

  #bringBack(key: string): void {
    try {
      const updates = (this.#options.storage().getItem(key) ?? '').split(' ').map(fromBase64);
      // The document's own listener hands them to the database, and to `add`.
      Y.transact(this.#options.doc, () => updates.forEach((update) => Y.applyUpdate(this.#options.doc, update, this)), this);
    } catch (error) {
      console.warn('weft: what an earlier page kept does not read', error);
    }
    this.#found.push(key);
  }

  async #confirm(): Promise<void> {
    if (!this.#open || this.#confirming) return;
    this.#confirming = true;
    try {
      while (this.#unwritten.length > 0 || this.#overflowed > 0) {
        const [until, overflowed] = [this.#unwritten.length, this.#overflowed];
        await this.#options.written();
        for (const update of this.#unwritten.splice(0, until)) this.#bytes -= update.length;
        this.#overflowed -= overflowed;
      }
      if (this.#kept) this.#found.push(this.#own);
      this.#kept = false;
      for (const key of this.#found.splice(0)) this.#options.storage().removeItem(key);
    } catch {
      // The database is gone, which is told elsewhere; what is kept stays.
    } finally {
      this.#confirming = false;
    }
  }
}

function prefixOf(key: string): string {
  return `${PREFIX}${encodeURIComponent(key)}:`;
}
