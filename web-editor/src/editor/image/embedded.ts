/** Images that a text brings along, as `data:` addresses or from another document of this server: they are uploaded as files are. */
import type { Editor } from '@tiptap/core';
import { IMAGE_BYTES_MAX, IMAGE_TYPES } from '../../api/blobs';
import { readDataUrl } from '../../images/data-url';
import type { Origin } from '../../images/kept-images';
import { pictureHead } from '../../images/picture-head';
import { NO_ROOM, type Uploads } from '../../images/uploads';
import { toast } from '../../page/toast';
import { IMAGES_NAMED, showsUpload } from './insert';

export type Embedded = {
  upload: string;
  type: string;
  width: number | null;
  height: number | null;
};

const NOTICE_MS = 10_000;
const TOO_LARGE = `An image was left out: it is larger than ${IMAGE_BYTES_MAX >> 20} MB.`;
const UNREADABLE = 'An image was left out: it cannot be read.';
const ELSEWHERE = 'An image was left out: only the place where another program keeps it was copied. Copy the image by itself.';

/** Those of one text. */
export class EmbeddedImages {
  readonly #uploads: Uploads | null;
  /** By address; the same image is uploaded once. */
  readonly #taken = new Map<string, Embedded | null>();
  readonly #notices = new Set<string>();

  constructor(uploads: Uploads | null) {
    this.#uploads = uploads;
  }

  /** The attributes of the image at an address; null where it holds none that can be uploaded. */
  take(address: string): Embedded | null {
    if (!this.#uploads) return null;
    if (/^(file|blob|cid):/i.test(address)) this.#notices.add(ELSEWHERE);
    if (!/^data:/i.test(address)) return null;
    const known = this.#taken.get(address);
    if (known !== undefined) return known;
    const taken = this.#upload(address, this.#uploads);
    this.#taken.set(address, taken);
    return taken;
  }

  /** The upload of an image that another document has; null where there is no room. */
  copy(from: Origin): string | null {
    const upload = this.#uploads?.copy(from) ?? null;
    return upload === null && this.#uploads ? this.#refuse(NO_ROOM) : upload;
  }

  /** Says what could not be taken. */
  tell(): void {
    for (const notice of this.#notices) toast(notice, { tone: 'error', ms: NOTICE_MS });
  }

  /** What the text did not get after all needs no upload. */
  forgetUnshown(editor: Editor): void {
    for (const taken of this.#taken.values()) if (taken && !showsUpload(editor, taken.upload)) this.#uploads?.forget(taken.upload);
  }

  #upload(address: string, uploads: Uploads): Embedded | null {
    // Four signs are three bytes.
    if (address.length * 0.75 > IMAGE_BYTES_MAX) return this.#refuse(TOO_LARGE);
    const data = dataIn(address);
    if (!data || data.bytes.length === 0) return this.#refuse(UNREADABLE);
    const head = pictureHead(data.bytes);
    // Nothing to see: what keeps a place, or counts who looks.
    if (head && (head.width <= 1 || head.height <= 1)) return null;
    const type = head?.type ?? data.type;
    if (!IMAGE_TYPES.includes(type)) return this.#refuse(`An image was left out. ${IMAGES_NAMED}`);
    const upload = uploads.add(new Blob([data.bytes], { type }));
    if (!upload) return this.#refuse(NO_ROOM);
    return { upload, type, width: head?.width ?? null, height: head?.height ?? null };
  }

  #refuse(notice: string): null {
    this.#notices.add(notice);
    return null;
  }
}

function dataIn(address: string): ReturnType<typeof readDataUrl> | null {
  try {
    return readDataUrl(address);
  } catch {
    return null;
  }
}
