/** Images and other files of a document, kept by the server under the hash of their content. */
import { Problem, unreachable } from './problem';
import { request } from './request';
import { pageToken } from './token';

/** What the server keeps. */
export const IMAGE_TYPES: readonly string[] = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];
/** No page takes more, whatever the server's limit is. */
export const IMAGE_BYTES_MAX = 32 * 1024 * 1024;

export interface Blob {
  /** SHA-256 of the bytes, 64 hexadecimal digits. */
  hash: string;
  /** What the server found the bytes to be: one of `IMAGE_TYPES`. */
  type: string;
  bytes: number;
}

/** Stores a file; storing the same bytes again is cheap and gives the same hash. Throws a `Problem` with a sentence for people. */
export async function uploadBlob(document: string, file: globalThis.Blob): Promise<Blob> {
  const response = await request(path(document), { method: 'POST', bytes: file });
  return (await response.json()) as Blob;
}

/** The bytes of an image. Throws a `Problem`, also for what is none. */
export async function readBlob(document: string, hash: string): Promise<globalThis.Blob> {
  // Under the address that `<img>` has, so that the browser keeps them once.
  const response = await request(blobUrl(document, hash));
  const blob = await response.blob().catch(() => {
    throw unreachable();
  });
  if (blob.size > IMAGE_BYTES_MAX || !IMAGE_TYPES.includes(blob.type)) throw new Problem(415, 'This is not an image that can be shown.');
  return blob;
}

/** An address for `<img src>`: it carries the page's token, since an image request has no headers. */
export function blobUrl(document: string, hash: string): string {
  const token = pageToken();
  const query = token ? `?${new URLSearchParams({ token })}` : '';
  return `${path(document)}/${hash}${query}`;
}

function path(document: string): string {
  return `/api/documents/${encodeURIComponent(document)}/blobs`;
}
