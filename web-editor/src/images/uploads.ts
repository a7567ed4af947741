/**
 * Images on their way to the server, of texts and of boards. The document shows an image at once, under an id; its bytes are kept in
 * this browser until they are stored and the document has their hash. Whichever page of this browser shows the id sends them,
 * so it does not matter who put the image there and whether that page is still open.
 */
import { uuidv4 } from 'lib0/random';
import { blobUrl, readBlob, uploadBlob, type Blob as Stored } from '../api/blobs';
import { Problem, sentence } from '../api/problem';
import { Newest } from '../page/newest';
import { toast } from '../page/toast';
import type { Session } from '../session/session';
import { Errands, isFinal, onReturn } from './errands';
import { KEPT_BYTES_MAX, KEPT_IMAGES_MAX, type KeptImage, type KeptImages, type Keeping, type Origin } from './kept-images';

/** Sent by one page at the same time. */
const SENDS_MAX = 3;
/** An image waits this long at most to be written down before it is shown. */
const KEEP_WAIT_MS = 1_000;
/** A stored image takes the place of its preview within this time. */
const PREVIEW_LEFT_MS = 60_000;
/** Images whose hash this page remembers though the document does not show them. */
const HASHES_MAX = 1_000;
/** Images of others that are known not to be here; of more it looks again. */
export const ELSEWHERE_MAX = 10_000;
/** The id is another tab's to send. */
const ELSEWHERE = 409;

const FULL = `Images that wait for the server may be ${KEPT_IMAGES_MAX}, with ${KEPT_BYTES_MAX >> 20} MiB together, and this browser has no room for more`;
export const NO_ROOM = `${FULL}. Add this image when the server has got some of them.`;

export interface Upload {
  id: string;
  /** An address in this page for the bytes, to show them before they are stored. */
  preview: string;
  /** What this browser has of it. */
  image: KeptImage;
  /** Null as long as that is not decided. */
  keeping: Keeping | null;
  /** Why it could not be stored the last time; null before. */
  failed: string | null;
}

export interface UploadsOptions {
  session: Pick<Session, 'name' | 'state' | 'subscribe' | 'saved'>;
  kept: KeptImages;
  /** Whether the document shows this id and has no hash for it. */
  wanted: (id: string) => boolean;
  /** Writes the hash into the document; false if it does not show the id now. */
  stored: (id: string, blob: Stored) => boolean;
  /** The form in which the server takes it. */
  prepare?: (bytes: Blob) => Promise<Blob>;
  /** The server will never take it. */
  refused?: (id: string, reason: string) => void;
}

export class Uploads {
  readonly #options: UploadsOptions;
  readonly #sends: Errands;
  /** Bounded by `#hasRoom` and by what the storage keeps. */
  readonly #waiting = new Map<string, Upload>();
  /** Stored before the document had a place for the hash: an undone insertion may be redone. */
  readonly #hashes = new Newest<string, Stored>(HASHES_MAX);
  /** Of those that wait. */
  readonly #writing = new Map<string, Promise<void>>();
  /** Shown by the document, and not looked for in the storage yet: gone with the next look. */
  readonly #unknown = new Set<string>();
  /** Looked for, and not found. */
  readonly #elsewhere = new Newest<string, true>(ELSEWHERE_MAX);
  readonly #listeners = new Set<(id: string) => void>();
  #looking = false;
  #warned = false;

  constructor(options: UploadsOptions) {
    this.#options = options;
    const { session } = options;
    this.#sends = new Errands({ atOnceMax: SENDS_MAX, open: () => this.online });
    onReturn(session, () => this.#wake());
    let { online } = this;
    session.subscribe(() => {
      if (online === this.online) return;
      online = this.online;
      this.#changed(...this.#waiting.keys());
    });
    addEventListener('beforeunload', (event) => {
      if ([...this.#waiting.values()].some(({ id, keeping }) => keeping !== 'kept' && options.wanted(id))) event.preventDefault();
    });
    void options.kept.forgetOld();
  }

  /** Only then is it known whether this person may write. */
  get online(): boolean {
    const { net, readonly } = this.#options.session.state;
    return net === 'online' && !readonly;
  }

  /** Takes an image that the document is going to show; null if there is no room for it, which `NO_ROOM` says. */
  add(bytes: Blob, id = uuidv4()): string | null {
    if (!this.#hasRoom(bytes.size)) return null;
    this.#take(id, { bytes, from: null });
    return id;
  }

  /** The same for an image that another document of this server has. */
  copy(from: Origin): string | null {
    if (!this.#hasRoom(0)) return null;
    const id = uuidv4();
    this.#take(id, { bytes: null, from });
    return id;
  }

  /** Resolves when the image would survive the end of this page, or when there is no waiting for that. */
  async written(id: string): Promise<void> {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const late = new Promise<void>((resolve) => (timer = setTimeout(resolve, KEEP_WAIT_MS)));
    await Promise.race([this.#writing.get(id), late]);
    clearTimeout(timer);
  }

  /** The document shows this id: sends its bytes if this browser has them. */
  want(id: string): void {
    const stored = this.#hashes.get(id);
    if (stored) queueMicrotask(() => this.#hand(id, stored));
    else if (this.#waiting.has(id)) this.#sends.ask(id, () => this.#send(id));
    else if (!this.#elsewhere.has(id)) {
      this.#unknown.add(id);
      void this.#look();
    }
  }

  /** What this browser has under that id. */
  get(id: string): Upload | null {
    return this.#waiting.get(id) ?? null;
  }

  /** This browser does not have the bytes: somebody else sends them. */
  isElsewhere(id: string): boolean {
    return this.#elsewhere.has(id);
  }

  /** The document has shown this id while this page was there. */
  knows(id: string): boolean {
    return this.#waiting.has(id) || this.#hashes.has(id) || this.#elsewhere.has(id);
  }

  retry(id: string): void {
    const upload = this.#waiting.get(id);
    if (!upload) return;
    upload.failed = null;
    this.#changed(id);
    this.#sends.askNow(id);
  }

  /** Nothing will ever show it. */
  forget(id: string): void {
    const upload = this.#waiting.get(id);
    if (!upload) return;
    this.#waiting.delete(id);
    URL.revokeObjectURL(upload.preview);
    void this.#options.kept.forget(id);
  }

  onChange(listener: (id: string) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  #take(id: string, image: KeptImage): void {
    this.#hold(id, image, null);
    const writing = this.#options.kept.keep(id, image).then((keeping) => {
      this.#writing.delete(id);
      const upload = this.#waiting.get(id);
      if (!upload) return;
      upload.keeping = keeping;
      this.#changed(id);
      if (!this.online) this.#warn(upload);
    });
    this.#writing.set(id, writing);
  }

  #hold(id: string, image: KeptImage, keeping: Keeping | null): void {
    const preview = image.bytes ? URL.createObjectURL(image.bytes) : blobUrl(image.from!.document, image.from!.hash);
    this.#waiting.set(id, { id, image, preview, keeping, failed: null });
    this.#elsewhere.delete(id);
  }

  /** What the storage does not keep this page has to hold, within the same bounds. */
  #hasRoom(more: number): boolean {
    const held = [...this.#waiting.values()].filter(({ keeping }) => keeping !== 'kept');
    const bytes = held.reduce((sum, { image }) => sum + (image.bytes?.size ?? 0), more);
    return held.length < KEPT_IMAGES_MAX && bytes <= KEPT_BYTES_MAX;
  }

  /** Looks in the storage for what the document shows; all at once, for a document may show any number of ids. */
  async #look(): Promise<void> {
    if (this.#looking) return;
    this.#looking = true;
    try {
      const kept = new Set(await this.#options.kept.ids());
      for (const id of [...this.#unknown]) {
        const image = kept.has(id) ? await this.#options.kept.get(id) : null;
        this.#unknown.delete(id);
        if (this.#waiting.has(id)) continue;
        if (image) this.#hold(id, image, 'kept');
        else this.#elsewhere.set(id, true);
        if (image) this.#sends.ask(id, () => this.#send(id));
        this.#changed(id);
      }
    } finally {
      this.#looking = false;
    }
    if (this.#unknown.size > 0) void this.#look();
  }

  async #send(id: string): Promise<void> {
    const { session, kept, wanted, prepare } = this.#options;
    const upload = this.#waiting.get(id);
    if (!upload || !wanted(id)) return;
    try {
      await alone(`weft-image:${session.name}:${id}`, async () => {
        const bytes = await bytesOf(upload.image);
        const stored = await uploadBlob(session.name, prepare ? await prepare(bytes) : bytes);
        // The document may get the hash only later, or at the next visit: till then the way to the bytes is enough.
        void kept.keep(id, { bytes: null, from: { document: session.name, hash: stored.hash } });
        this.#hashes.set(id, stored);
        this.#hand(id, stored);
      });
    } catch (error) {
      this.#failed(upload, error);
      throw error;
    }
  }

  #hand(id: string, stored: Stored): void {
    const upload = this.#waiting.get(id);
    this.#waiting.delete(id);
    // The preview stays on the screen until the stored image has loaded.
    if (upload) setTimeout(() => URL.revokeObjectURL(upload.preview), PREVIEW_LEFT_MS);
    if (this.#options.stored(id, stored)) void this.#settle(id);
    this.#changed(id);
  }

  /** The bytes go once the server has the document with their hash. */
  async #settle(id: string): Promise<void> {
    await this.#options.session.saved().then(
      () => this.#options.kept.forget(id),
      // The next visit sends them again, which costs little.
      () => undefined,
    );
  }

  #failed(upload: Upload, error: unknown): void {
    if (error instanceof Problem && error.status === ELSEWHERE) return;
    upload.failed = sentence(error);
    this.#warn(upload);
    this.#changed(upload.id);
    if (isFinal(error)) this.#options.refused?.(upload.id, upload.failed);
  }

  /** Said once: everything that waits is in the same place. */
  #warn({ keeping }: Upload): void {
    if (keeping === null || keeping === 'kept' || this.#warned) return;
    this.#warned = true;
    const why = keeping === 'full' ? FULL : 'This browser does not keep images for this page';
    toast(`${why}. Keep this tab open until the server can be reached: the image is nowhere else.`, { tone: 'error', ms: 0 });
  }

  #wake(): void {
    for (const id of this.#elsewhere.keys()) this.#unknown.add(id);
    if (this.#unknown.size > 0) void this.#look();
    this.#sends.wake();
  }

  #changed(...ids: string[]): void {
    for (const id of ids) for (const listener of [...this.#listeners]) listener(id);
  }
}

async function bytesOf({ bytes, from }: KeptImage): Promise<Blob> {
  return bytes ?? (await readBlob(from!.document, from!.hash));
}

/** One tab at a time: the others go on when it is gone. */
async function alone(name: string, run: () => Promise<void>): Promise<void> {
  // Without a secure connection there are no locks; sending the same bytes twice does no harm.
  const { locks } = navigator as { locks?: LockManager };
  if (!locks) return run();
  await locks.request(name, { ifAvailable: true }, (lock) => {
    if (!lock) throw new Problem(ELSEWHERE, 'Another tab is sending this image.');
    return run();
  });
}
