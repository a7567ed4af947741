/** Images on their way to the server. The node is in the document at once; its hash follows when the bytes are stored. */
import { uploadBlob, type Blob as Stored } from '../../api/blobs';
import { Problem, sentence } from '../../api/problem';

export const IMAGE_TYPES = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];
/** Files taken from one drop or paste. */
export const FILES_MAX = 20;

export interface Upload {
  id: string;
  /** An address in this page for the bytes, to show them before they are stored. */
  preview: string;
  /** Null while it is on its way. */
  failed: string | null;
}

interface Pending extends Upload {
  bytes: Blob;
  unreachable: boolean;
}

export class Uploads {
  readonly #document: string;
  readonly #stored: (id: string, blob: Stored) => void;
  readonly #pending = new Map<string, Pending>();
  readonly #listeners = new Set<(id: string) => void>();

  constructor(document: string, stored: (id: string, blob: Stored) => void) {
    this.#document = document;
    this.#stored = stored;
    addEventListener('beforeunload', (event) => {
      if (this.#pending.size > 0) event.preventDefault();
    });
  }

  /** Starts to send and returns the id that the node in the document carries until then. */
  start(bytes: Blob): string {
    const id = crypto.randomUUID();
    this.#pending.set(id, { id, bytes, preview: URL.createObjectURL(bytes), failed: null, unreachable: false });
    void this.#send(id);
    return id;
  }

  /** Starts with bytes that have to be fetched first. */
  copy(bytes: () => Promise<Blob>): string {
    const id = crypto.randomUUID();
    const pending = { id, bytes: new Blob(), preview: '', failed: null, unreachable: false };
    this.#pending.set(id, pending);
    void bytes().then(
      (fetched) => {
        pending.bytes = fetched;
        return this.#send(id);
      },
      () => {
        this.#pending.delete(id);
        this.#changed(id);
      },
    );
    return id;
  }

  /** This page's own upload of that id. */
  get(id: string): Upload | null {
    return this.#pending.get(id) ?? null;
  }

  retry(id: string): void {
    const upload = this.#pending.get(id);
    if (!upload?.failed) return;
    upload.failed = null;
    this.#changed(id);
    void this.#send(id);
  }

  /** The server is there again. */
  retryUnreachable(): void {
    for (const { id, unreachable } of [...this.#pending.values()]) if (unreachable) this.retry(id);
  }

  /** Its node was removed, so nobody waits for it. */
  forget(id: string): void {
    const upload = this.#pending.get(id);
    if (!upload) return;
    this.#pending.delete(id);
    URL.revokeObjectURL(upload.preview);
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #send(id: string): Promise<void> {
    const upload = this.#pending.get(id);
    if (!upload) return;
    try {
      const blob = await uploadBlob(this.#document, upload.bytes);
      if (!this.#pending.has(id)) return;
      this.#stored(id, blob);
      this.#pending.delete(id);
      // The preview stays on the screen until the stored image has loaded.
      setTimeout(() => URL.revokeObjectURL(upload.preview), 60_000);
    } catch (error) {
      upload.failed = sentence(error);
      upload.unreachable = error instanceof Problem && error.status === 0;
    }
    this.#changed(id);
  }

  #changed(id: string): void {
    for (const listener of [...this.#listeners]) listener(id);
  }
}

/** Width and height of an image file; null when it cannot be shown here. */
export async function imageSize(bytes: Blob): Promise<{ width: number; height: number } | null> {
  try {
    const bitmap = await createImageBitmap(bytes);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return null;
  }
}
