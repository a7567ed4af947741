/** Stored images that could not be loaded: asked for again until they are there, whatever becomes of the nodes that show them. */
import { readBlob } from '../../api/blobs';
import { Errands } from '../../images/errands';

const FETCHES_MAX = 4;
/** By then everything that shows it has loaded it, and the browser keeps it under its own address. */
const ADDRESS_KEPT_MS = 60_000;

/** Something that shows an image. */
interface Frame {
  hash: () => string | null;
  changed: () => void;
}

export class Pictures {
  readonly #document: string;
  readonly #fetches = new Errands({ atOnceMax: FETCHES_MAX });
  /** By hash; the address in this page once the bytes are there. */
  readonly #troubled = new Map<string, string | null>();
  readonly #frames = new Set<Frame>();

  constructor(document: string) {
    this.#document = document;
    addEventListener('online', () => this.wake());
  }

  /** Undefined as long as nothing is wrong with it, null as long as it cannot be had. */
  get(hash: string): string | null | undefined {
    return this.#troubled.get(hash);
  }

  /** It was asked for, in vain. */
  failed(hash: string): void {
    if (this.#troubled.has(hash)) return;
    this.#troubled.set(hash, null);
    this.#fetches.askAgain(hash, () => this.#fetch(hash));
    this.#changed(hash);
  }

  retry(hash: string): void {
    this.#fetches.askNow(hash);
  }

  wake(): void {
    this.#fetches.wake();
  }

  /** Tells it when its image can or cannot be had; returns the way to stop. */
  watch(frame: Frame): () => void {
    this.#frames.add(frame);
    return () => this.#frames.delete(frame);
  }

  async #fetch(hash: string): Promise<void> {
    if (this.#showing(hash).length === 0) return void this.#troubled.delete(hash);
    const address = URL.createObjectURL(await readBlob(this.#document, hash));
    this.#troubled.set(hash, address);
    setTimeout(() => {
      URL.revokeObjectURL(address);
      this.#troubled.delete(hash);
    }, ADDRESS_KEPT_MS);
    this.#changed(hash);
  }

  #changed(hash: string): void {
    for (const { changed } of this.#showing(hash)) changed();
  }

  #showing(hash: string): Frame[] {
    return [...this.#frames].filter((frame) => frame.hash() === hash);
  }
}

const ofDocuments = new Map<string, Pictures>();

/** Those of one document, for all editors that this page makes for it one after the other. */
export function picturesOf(document: string): Pictures {
  const known = ofDocuments.get(document) ?? new Pictures(document);
  ofDocuments.set(document, known);
  return known;
}
