/** The text as Markdown, and Markdown as text. Loaded when it is first wanted. */
import type { JSONContent } from '@tiptap/core';
import type { Node, Schema } from '@tiptap/pm/model';
import { blobUrl } from '../../api/blobs';
import { EmbeddedImages } from '../image/embedded';
import { pictureIn } from '../image/node';
import type { Keeping } from '../paste/files';
import { escapeText } from './markdown/escape';
import { readMarkdown } from './markdown/read';
import { writeHeading, writeMarkdown, type Picture } from './markdown/write';

const BLOB = /^\/api\/documents\/([^/]{1,600})\/blobs\/([0-9a-f]{64})$/;

/** The title of a document as the first line of its file. */
export function titleLine(title: string): string {
  return writeHeading(1, escapeText(title.replace(/\s+/g, ' ').trim(), { start: true, end: true }));
}

/** `document` is the name under which the images are kept. */
export function toMarkdown(doc: Node, document: string): string {
  return `${writeMarkdown(doc, (image) => pictureOf(image, document))}\n`;
}

/** At least one block: a text of nothing is an empty paragraph. Says so about images that it cannot have. */
export function fromMarkdown(schema: Schema, text: string, keeping: Keeping): JSONContent[] {
  const embedded = new EmbeddedImages(keeping.uploads);
  const content = readMarkdown(text, {
    schema,
    image: (src, alt) => {
      const taken = embedded.take(src);
      return taken ? { ...taken, blob: null, alt: alt || null } : imageAt(src, alt, keeping.document, embedded);
    },
  });
  embedded.tell();
  return content.length > 0 ? content : [{ type: 'paragraph' }];
}

/** For a text that may be Markdown: null where it holds nothing but paragraphs of plain text, or nothing the editor can take. */
export function parseMarkdown(schema: Schema, text: string, keeping: Keeping): JSONContent[] | null {
  const content = fromMarkdown(schema, text, keeping);
  const plain = content.every((node) => node.type === 'paragraph' && (node.content ?? []).every(({ marks }) => !marks?.length));
  if (plain) return null;
  try {
    schema.nodeFromJSON({ type: 'doc', content }).check();
    return content;
  } catch {
    return null;
  }
}

/** What else is known of an image than its bytes stands behind the address, where no server looks. */
function pictureOf(image: Node, document: string): Picture {
  const { blob, alt, width, height } = pictureIn(image);
  if (!blob) return { src: null, alt };
  // Without the page's token: the file may be passed on.
  const address = new URL(blobUrl(document, blob).split('?')[0]!, location.origin);
  const known = Object.entries({ type: image.attrs.type as unknown, width, height }).filter(([, value]) => value !== null);
  address.hash = new URLSearchParams(known.map(([key, value]) => [key, String(value)])).toString();
  return { src: address.href, alt };
}

/** An image of this server: of this document as it is, of another as a copy. */
function imageAt(src: string, alt: string, document: string, images: EmbeddedImages): Record<string, unknown> | null {
  if (!URL.canParse(src, location.origin)) return null;
  const { origin, pathname, hash } = new URL(src, location.origin);
  const [, from, blob] = BLOB.exec(pathname) ?? [];
  if (origin !== location.origin || !from || !blob) return null;
  const known = new URLSearchParams(hash.slice(1));
  const { width, height } = pictureIn({ attrs: { width: known.get('width'), height: known.get('height') } });
  const rest = { type: known.get('type'), width, height, alt: alt || null };
  if (nameIn(from) === document) return { ...rest, blob, upload: null };
  const upload = images.copy({ document: nameIn(from), hash: blob });
  return upload ? { ...rest, blob: null, upload } : null;
}

function nameIn(part: string): string {
  try {
    return decodeURIComponent(part);
  } catch {
    return part;
  }
}
