import { expect, test } from 'vitest';
import { readDataUrl } from './data-url';
import { pictureHead } from './picture-head';

const bytes = (...signs: number[]) => new Uint8Array(signs);
const FRAME = [0xff, 0xc0, 0, 17, 8, 0, 2, 0, 4, 3];
const TABLE = [0xff, 0xdb, 0, 4, 0, 0];
const TURNED = [0xff, 0xe1, 0, 10, 0x45, 0x78, 0x69, 0x66, 0, 0, 0, 0];

test('type and size of an image are in its first bytes', () => {
  const png = 'data:image/jpg;base64,iVBORw0KGgoAAAANSUhEUgAAAAQAAAACCAIAAADwyuo0AAAAEElEQVR4nGNwy7sDRwzIHACd6gyBrljQsAAAAABJRU5ErkJggg==';
  expect(pictureHead(readDataUrl(png).bytes)).toEqual({ type: 'image/png', width: 4, height: 2 });
  expect(pictureHead(readDataUrl('data:image/gif;base64,R0lGODlhBAACAAAAACw=').bytes)).toEqual({ type: 'image/gif', width: 4, height: 2 });
  expect(pictureHead(bytes(0xff, 0xd8, ...TABLE, ...FRAME))).toEqual({ type: 'image/jpeg', width: 4, height: 2 });
});

test('of an image that may be turned, of other types and of what is cut off there is no size', () => {
  expect(pictureHead(bytes(0xff, 0xd8, ...TURNED, ...FRAME))).toBeNull();
  for (const whole of [bytes(0xff, 0xd8, ...TABLE, ...FRAME.slice(0, 8)), readDataUrl('data:image/png;base64,iVBORw0KGgo=').bytes]) {
    for (let length = 0; length <= whole.length; length += 1) expect(pictureHead(whole.slice(0, length))).toBeNull();
  }
  expect(pictureHead(new TextEncoder().encode('<svg/>'))).toBeNull();
});
