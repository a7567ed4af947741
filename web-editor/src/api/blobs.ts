/** Images and other files of a document, kept by the server under the hash of their content. */
import { request } from './request';
import { pageToken } from './token';

export interface Blob {
  /** SHA-256 of the bytes, 64 hexadecimal digits. */
  hash: string;
  /** What the server found the bytes to be: `image/png`, `image/jpeg`, `image/gif`, `image/webp` or `image/avif`. */
  type: string;
  bytes: number;
}

/** Stores a file; storing the same bytes again is cheap and gives the same hash. Throws a `Problem` with a sentence for people. */
export async function uploadBlob(document: string, file: globalThis.Blob): Promise<Blob> {
  const response = await request(path(document), { method: 'POST', bytes: file });
  return (await response.json()) as Blob;
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
