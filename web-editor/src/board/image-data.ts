/** Image bytes between the forms Excalidraw, the server and this browser want. */
import { IMAGE_TYPES } from '../api/blobs';

/** What can be put on a board; the rest of these becomes PNG on the way to the server. */
const DRAWN_TYPES: readonly string[] = [...IMAGE_TYPES, 'image/svg+xml', 'image/bmp', 'image/x-icon', 'image/jfif'];
const TYPES_NAMED = 'PNG, JPEG, GIF, WebP, AVIF or SVG';

const SIDE_MAX_PX = 4_096;

/** Why this file cannot be put on a board; null if it can. Scenes are files of Excalidraw's own. */
export function refusalOf(file: { name: string; type: string }): string | null {
  const scene = /\.(?:excalidraw|json)$/i.test(file.name);
  if (scene || DRAWN_TYPES.includes(file.type)) return null;
  return `${file.name || 'This file'} cannot be put on the board. Images can be ${TYPES_NAMED}.`;
}

export function dataUrlOf(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(reader.result as string);
    reader.onerror = () => reject(new Error('the image cannot be read'));
    reader.readAsDataURL(blob);
  });
}

/** The image as the server takes it: vector graphics and the like are painted, for they may carry scripts. */
export async function paintable(blob: Blob): Promise<Blob> {
  if (IMAGE_TYPES.includes(blob.type)) return blob;
  const image = new Image();
  const address = URL.createObjectURL(blob);
  try {
    image.src = address;
    await image.decode();
    const [width, height] = [image.naturalWidth || 300, image.naturalHeight || 150];
    const scale = Math.min(2, SIDE_MAX_PX / Math.max(width, height));
    const canvas = Object.assign(document.createElement('canvas'), { width: Math.ceil(width * scale), height: Math.ceil(height * scale) });
    canvas.getContext('2d')!.drawImage(image, 0, 0, canvas.width, canvas.height);
    return await new Promise((resolve, reject) => canvas.toBlob((painted) => (painted ? resolve(painted) : reject(new Error('empty'))), 'image/png'));
  } finally {
    URL.revokeObjectURL(address);
  }
}
