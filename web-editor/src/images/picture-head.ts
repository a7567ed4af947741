/** What the first bytes of an image say of it. Pure. */

export interface PictureHead {
  type: string;
  width: number;
  height: number;
}

const PNG = [0x89, 0x50, 0x4e, 0x47, 0x0d, 0x0a, 0x1a, 0x0a];
const GIF = [0x47, 0x49, 0x46, 0x38];
const JPEG = [0xff, 0xd8, 0xff];
const EXIF = [0x45, 0x78, 0x69, 0x66];

/** Null for other types, and where the image may be turned before it is shown. */
export function pictureHead(bytes: Uint8Array<ArrayBuffer>): PictureHead | null {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const begins = (signs: number[], at = 0) => signs.every((sign, offset) => bytes[at + offset] === sign);
  if (begins(PNG) && bytes.length >= 24) return { type: 'image/png', width: view.getUint32(16), height: view.getUint32(20) };
  if (begins(GIF) && bytes.length >= 10) return { type: 'image/gif', width: view.getUint16(6, true), height: view.getUint16(8, true) };
  if (!begins(JPEG)) return null;
  for (let at = 2; at + 9 <= bytes.length && bytes[at] === 0xff; at += 2 + view.getUint16(at + 2)) {
    const marker = bytes[at + 1]!;
    if (marker === 0xe1 && begins(EXIF, at + 4)) return null;
    // Frames, of all kinds: the rest of this row are tables.
    const frame = marker >= 0xc0 && marker <= 0xcf && ![0xc4, 0xc8, 0xcc].includes(marker);
    if (frame) return { type: 'image/jpeg', width: view.getUint16(at + 7), height: view.getUint16(at + 5) };
  }
  return null;
}
