/**
 * The images of a board. The document holds only the hash of each; the bytes go to and come from the server. An image is
 * on the board at once, for the others as a placeholder; what cannot be uploaded now is kept in this browser and tried again.
 */
import * as Y from 'yjs';
import { IMAGE_TYPES, readBlob } from '../api/blobs';
import { Problem } from '../api/problem';
import { blobOf } from '../images/data-url';
import { Errands, onReturn } from '../images/errands';
import { KeptImages } from '../images/kept-images';
import { NO_ROOM, Uploads } from '../images/uploads';
import type { Session } from '../session/session';
import { dataUrlOf, paintable } from './image-data';
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
}

const HASH = /^[0-9a-f]{64}$/;
const FETCHES_MAX = 4;

export class Images {
  readonly #session: Session;
  readonly #scene: ImageScene;
  readonly #files: Y.Map<unknown>;
  readonly #uploads: Uploads;
  readonly #fetches = new Errands({ atOnceMax: FETCHES_MAX });
  /** Files that Excalidraw has or is about to get. */
  readonly #have = new Set<string>();
  /** Files of this page that the document has no hash for. */
  readonly #unsent = new Set<string>();

  constructor(session: Session, scene: ImageScene) {
    this.#session = session;
    this.#scene = scene;
    this.#files = session.doc.getMap('files');
    this.#uploads = new Uploads({
      session,
      kept: new KeptImages(session.name),
      wanted: (id) => !this.#files.has(id) && scene.wanted().has(id),
      stored: (id, { hash, type }) => this.#stored(id, { hash, type, created: Date.now() }),
      prepare: painted,
      refused: (id, reason) => this.#refused(id, reason),
    });
    this.#uploads.onChange((id) => void this.#found(id));
    this.#files.observe(({ keysChanged }) => this.#announced(keysChanged));
    onReturn(session, () => this.#fetches.wake());
  }

  /** Excalidraw's files, after one may have come. */
  local(files: Readonly<Record<string, { id: string; dataURL: string }>>): void {
    for (const id in files) {
      if (this.#have.has(id)) continue;
      this.#have.add(id);
      if (this.#files.has(id) || !isId(id)) continue;
      if (this.#uploads.add(blobOf(files[id]!.dataURL), id)) this.#unsent.add(id);
      else this.#scene.refuse(id, NO_ROOM);
    }
    if (this.#unsent.size === 0) return;
    // The file may be there before its element, which may also go and come again.
    const wanted = this.#scene.wanted();
    for (const id of this.#unsent) if (wanted.has(id)) this.#uploads.want(id);
  }

  /** Gets the images the board shows: those it knows the hash of from the server, others from what this browser keeps. */
  fetchWanted(): void {
    for (const id of this.#scene.wanted()) {
      if (!isId(id)) continue;
      const hash = hashIn(this.#files.get(id));
      if (hash && !this.#have.has(id)) this.#fetches.ask(`${id} ${hash}`, () => this.#fetch(id, hash));
      else if (!this.#files.has(id)) this.#uploads.want(id);
    }
  }

  /** The document says that the server has these. */
  #announced(ids: Iterable<string>): void {
    for (const id of ids) this.#fetches.hasten(`${id} ${hashIn(this.#files.get(id))}`);
    this.fetchWanted();
  }

  async #fetch(id: string, hash: string): Promise<void> {
    if (this.#have.has(id) || hashIn(this.#files.get(id)) !== hash || !this.#scene.wanted().has(id)) return;
    await this.#show(id, await readBlob(this.#session.name, hash));
  }

  /** What an earlier page could not upload. */
  async #found(id: string): Promise<void> {
    const bytes = this.#uploads.get(id)?.image.bytes;
    if (bytes && !this.#have.has(id)) await this.#show(id, bytes);
  }

  async #show(id: string, bytes: Blob): Promise<void> {
    const dataURL = await dataUrlOf(bytes);
    if (this.#have.has(id)) return;
    this.#have.add(id);
    this.#scene.add({ id, dataURL, mimeType: bytes.type, created: Date.now() });
  }

  #stored(id: string, file: { hash: string; type: string; created: number }): boolean {
    if (!this.#scene.wanted().has(id)) return false;
    if (!this.#files.has(id)) this.#files.set(id, file);
    this.#unsent.delete(id);
    return true;
  }

  #refused(id: string, reason: string): void {
    this.#uploads.forget(id);
    this.#unsent.delete(id);
    this.#scene.refuse(id, reason);
  }
}

function painted(bytes: Blob): Promise<Blob> {
  return paintable(bytes).catch(() => {
    throw new Problem(415, 'This image cannot be painted, so it was not added.');
  });
}

function hashIn(value: unknown): string | null {
  if (typeof value !== 'object' || value === null) return null;
  const { hash, type } = value as Record<string, unknown>;
  return typeof hash === 'string' && HASH.test(hash) && IMAGE_TYPES.includes(type as string) ? hash : null;
}
