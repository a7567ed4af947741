/**
 * The images of a board. The document holds only the hash of each; the bytes go to and come from the server. An image is
 * on the board at once, for the others as a placeholder; what cannot be uploaded now is kept here and tried again.
 */
import * as Y from 'yjs';
import { blobUrl, uploadBlob } from '../api/blobs';
import { Problem, sentence } from '../api/problem';
import type { Session } from '../session/session';
import { KEPT_TYPES, blobOf, dataUrlOf, paintable } from './image-data';
import { ImageStore } from './image-store';
import { isId } from './values';

export interface ImageFile {
  id: string;
  dataURL: string;
  mimeType: string;
  created: number;
}

export interface ImageScene {
  /** Ids of the files the board's images show. */
  wanted: () => ReadonlySet<string>;
  add: (file: ImageFile) => void;
  /** The server will never take this one: it goes, and the person hears why. */
  refuse: (id: string, reason: string) => void;
  editable: () => boolean;
}

interface Stored {
  hash: string;
  type: string;
}

const HASH = /^[0-9a-f]{64}$/;
const IMAGE_BYTES_MAX = 32 * 1024 * 1024;
const FETCHES_MAX = 4;
const RETRY_MIN_MS = 1_000;
const RETRY_MAX_MS = 30_000;
/** Answers that will be the same the next time. */
const FINAL = new Set([400, 403, 411, 413, 415, 422]);

export class Images {
  readonly #session: Session;
  readonly #scene: ImageScene;
  readonly #files: Y.Map<unknown>;
  readonly #store: ImageStore;
  /** Files Excalidraw has, is about to get, or that could not be had. */
  readonly #have = new Set<string>();
  readonly #pending = new Map<string, Blob>();
  readonly #sending = new Set<string>();
  readonly #failures = new Map<string, number>();
  #fetching = 0;
  #retry: ReturnType<typeof setTimeout> | undefined;

  constructor(session: Session, scene: ImageScene) {
    this.#session = session;
    this.#scene = scene;
    this.#files = session.doc.getMap('files');
    this.#store = new ImageStore(session.name);
    this.#files.observe(() => this.fetchWanted());
    let net = session.state.net;
    session.subscribe(() => {
      if (net !== 'online' && session.state.net === 'online') this.#again();
      net = session.state.net;
    });
    void this.#remember();
  }

  /** Excalidraw's files, after one may have come. */
  local(files: Readonly<Record<string, { id: string; dataURL: string }>>): void {
    for (const id in files) {
      if (this.#have.has(id)) continue;
      this.#have.add(id);
      if (this.#files.has(id) || !isId(id)) continue;
      const blob = blobOf(files[id]!.dataURL);
      this.#pending.set(id, blob);
      void this.#store.keep({ id, blob });
      void this.#send(id, blob);
    }
  }

  /** Gets the images the board shows and this browser does not have. */
  fetchWanted(): void {
    const missing = [...this.#files.keys()].filter((id) => isId(id) && !this.#have.has(id));
    if (missing.length === 0) return;
    const wanted = this.#scene.wanted();
    for (const id of missing) {
      if (this.#fetching >= FETCHES_MAX) return;
      const stored = storedIn(this.#files.get(id));
      if (wanted.has(id) && stored) void this.#fetch(id, stored);
    }
  }

  async #fetch(id: string, stored: Stored): Promise<void> {
    this.#have.add(id);
    this.#fetching += 1;
    try {
      const response = await fetch(blobUrl(this.#session.name, stored.hash));
      if (!response.ok) throw new Problem(response.status, 'the image cannot be fetched');
      const blob = await response.blob();
      if (blob.size > IMAGE_BYTES_MAX || !KEPT_TYPES.includes(blob.type)) throw new Problem(415, 'not an image');
      this.#scene.add({ id, dataURL: await dataUrlOf(blob), mimeType: blob.type, created: Date.now() });
      this.#failures.delete(id);
    } catch (error) {
      this.#failed(id, error, () => this.#have.delete(id));
    }
    this.#fetching -= 1;
    this.fetchWanted();
  }

  async #send(id: string, blob: Blob): Promise<void> {
    if (this.#sending.has(id) || !this.#scene.editable()) return;
    this.#sending.add(id);
    try {
      const file = await paintable(blob).catch(() => {
        throw new Problem(415, 'This image cannot be painted, so it was not added.');
      });
      const { hash, type } = await uploadBlob(this.#session.name, file);
      if (!this.#files.has(id)) this.#files.set(id, { hash, type, created: Date.now() });
      this.#done(id);
    } catch (error) {
      const refused = error instanceof Problem && FINAL.has(error.status);
      if (refused) {
        this.#done(id);
        this.#scene.refuse(id, sentence(error));
      } else this.#failed(id, error, () => undefined);
    }
    this.#sending.delete(id);
  }

  #done(id: string): void {
    this.#pending.delete(id);
    this.#failures.delete(id);
    void this.#store.forget(id);
  }

  #failed(id: string, error: unknown, giveBack: () => void): void {
    const failures = (this.#failures.get(id) ?? 0) + 1;
    this.#failures.set(id, failures);
    // What the server does not have or is no image stays a placeholder for this visit.
    if (error instanceof Problem && FINAL.has(error.status)) return;
    giveBack();
    const wait = Math.min(RETRY_MAX_MS, RETRY_MIN_MS * 2 ** Math.min(failures, 10)) * (0.5 + Math.random() / 2);
    this.#retry ??= setTimeout(() => this.#again(), wait);
  }

  #again(): void {
    clearTimeout(this.#retry);
    this.#retry = undefined;
    for (const [id, blob] of this.#pending) void this.#send(id, blob);
    this.fetchWanted();
  }

  /** What an earlier visit could not upload. */
  async #remember(): Promise<void> {
    for (const { id, blob } of await this.#store.all()) {
      if (this.#have.has(id) || !isId(id)) continue;
      this.#have.add(id);
      this.#scene.add({ id, dataURL: await dataUrlOf(blob), mimeType: blob.type, created: Date.now() });
      if (this.#files.has(id)) {
        void this.#store.forget(id);
        continue;
      }
      this.#pending.set(id, blob);
      void this.#send(id, blob);
    }
  }
}

function storedIn(value: unknown): Stored | null {
  if (typeof value !== 'object' || value === null) return null;
  const { hash, type } = value as Record<string, unknown>;
  return typeof hash === 'string' && HASH.test(hash) && typeof type === 'string' && KEPT_TYPES.includes(type) ? { hash, type } : null;
}
