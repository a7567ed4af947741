/** Images: the document holds the hash of the bytes and their size on the screen, never the bytes or a foreign address. */
import { Node } from '@tiptap/core';
import type { Node as ProseNode } from '@tiptap/pm/model';
import { blobUrl } from '../../api/blobs';
import type { Uploads } from '../../images/uploads';
import { ImageView } from './view';

const HASH = /^[0-9a-f]{64}$/;
const SIDE_PX_MAX = 20_000;

export interface ImageOptions {
  document: string;
  uploads: Uploads | null;
}

export interface Picture {
  blob: string | null;
  upload: string | null;
  width: number | null;
  height: number | null;
  alt: string;
}

/** Attributes are a stranger's input. */
export function pictureIn({ attrs }: Pick<ProseNode, 'attrs'>): Picture {
  const text = (value: unknown, length: number) => (typeof value === 'string' ? value.slice(0, length) : '');
  return {
    blob: HASH.test(text(attrs.blob, 64)) ? (attrs.blob as string) : null,
    upload: text(attrs.upload, 64) || null,
    width: side(attrs.width),
    height: side(attrs.height),
    alt: text(attrs.alt, 1_000),
  };
}

function side(value: unknown): number | null {
  const px = Math.round(Number(value));
  return value !== null && px >= 1 && px <= SIDE_PX_MAX ? px : null;
}

export const Image = Node.create<ImageOptions>({
  name: 'image',
  group: 'block',
  draggable: true,

  addOptions: () => ({ document: '', uploads: null }),

  addAttributes: () => ({
    blob: { default: null },
    type: { default: null },
    width: { default: null },
    height: { default: null },
    // As it stands: by itself a description like “12” would become a number.
    alt: { default: null, parseHTML: (element) => element.getAttribute('alt') },
    /** Set until the bytes are stored, by the page that sends them. */
    upload: { default: null },
  }),

  parseHTML() {
    return [{
      tag: 'img[data-blob], img[data-upload]',
      getAttrs: (element) => {
        const { blob = null, type = null, upload = null } = element.dataset;
        // A clipboard can name any upload; only what this document has shown is one.
        if (blob ? !HASH.test(blob) : !upload || !this.options.uploads?.knows(upload)) return false;
        const number = (name: string) => side(element.getAttribute(name));
        return { blob, type, upload: blob ? null : upload, width: number('width'), height: number('height'), alt: element.getAttribute('alt') };
      },
    }];
  },

  renderHTML({ node }) {
    const { blob, upload, width, height, alt } = pictureIn(node);
    // Cut and pasted before it is stored, it is still the same image.
    if (!blob && upload) return ['img', { alt, width, height, 'data-upload': upload }];
    if (!blob) return ['p', {}, alt || 'Image'];
    // For other apps: without the page's token, which must not travel on a clipboard.
    const src = new URL(blobUrl(this.options.document, blob).split('?')[0]!, location.origin).href;
    return ['img', { src, alt, width, height, 'data-blob': blob, 'data-type': node.attrs.type as string | null, 'data-document': this.options.document }];
  },

  renderText: ({ node }) => (pictureIn(node).alt ? `[${pictureIn(node).alt}]` : ''),

  addNodeView() {
    const { document, uploads } = this.options;
    return (props) => new ImageView(props, document, uploads);
  },
});
