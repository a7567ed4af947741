/** One image on the page: its place is kept from the first moment, whatever becomes of its bytes. */
import type { NodeViewRendererProps } from '@tiptap/core';
import type { Node as ProseNode } from '@tiptap/pm/model';
import type { NodeView } from '@tiptap/pm/view';
import { blobUrl } from '../../api/blobs';
import { el } from '../../page/dom';
import { pictureIn, type Picture } from './node';
import type { Uploads } from './uploads';

export class ImageView implements NodeView {
  readonly dom = el('figure', { class: 'image', contenteditable: 'false' });
  readonly #frame = el('div', { class: 'image-frame' });
  readonly #note = el('figcaption', { class: 'image-note' });
  readonly #document: string;
  readonly #uploads: Uploads | null;
  readonly #stop: (() => void) | undefined;
  #node: ProseNode;
  #shown = '';

  constructor({ node }: NodeViewRendererProps, document: string, uploads: Uploads | null) {
    this.#node = node;
    this.#document = document;
    this.#uploads = uploads;
    this.dom.append(this.#frame, this.#note);
    this.#stop = uploads?.onChange((id) => id === this.#node.attrs.upload && this.#render());
    this.#render();
  }

  update(node: ProseNode): boolean {
    if (node.type !== this.#node.type) return false;
    this.#node = node;
    this.#render();
    return true;
  }

  selectNode(): void {
    this.dom.classList.add('ProseMirror-selectednode');
  }

  deselectNode(): void {
    this.dom.classList.remove('ProseMirror-selectednode');
  }

  ignoreMutation(): boolean {
    return true;
  }

  stopEvent(event: Event): boolean {
    return event.target instanceof HTMLButtonElement;
  }

  destroy(): void {
    this.#stop?.();
  }

  #render(): void {
    const picture = pictureIn(this.#node);
    const { width, height } = picture;
    this.#frame.style.aspectRatio = width && height ? `${width} / ${height}` : '';
    this.#frame.toggleAttribute('data-sized', Boolean(width && height));
    this.#frame.style.width = width ? `${width}px` : '';
    const own = picture.upload ? (this.#uploads?.get(picture.upload) ?? null) : null;
    this.#picture(picture, own?.preview ?? null);
    if (picture.blob) this.#say('shown');
    else if (own?.failed) this.#say('failed', own.failed, () => this.#uploads?.retry(own.id));
    else if (own) this.#say('sending', 'Uploading…');
    else if (picture.upload) this.#say('awaited', 'This image is still being uploaded.');
    else this.#say('missing', 'An image of another app, which cannot be shown here.');
  }

  #picture({ blob, alt }: Picture, preview: string | null): void {
    const source = blob ? blobUrl(this.#document, blob) : (preview ?? '');
    const img = this.#frame.querySelector('img');
    if (img && source === this.#shown) {
      img.alt = alt;
      return;
    }
    this.#shown = source;
    if (!source) return this.#frame.replaceChildren();
    const next = el('img', { alt, decoding: 'async', draggable: 'false' });
    next.addEventListener('error', () => this.#shown === source && this.#say('failed', 'The image could not be loaded.', () => this.#reload()));
    // What is shown already stays until the stored bytes are there, so that nothing flickers.
    if (img && blob) next.addEventListener('load', () => this.#shown === source && this.#frame.replaceChildren(next));
    else this.#frame.replaceChildren(next);
    next.src = source;
  }

  #reload(): void {
    this.#shown = '';
    this.#frame.replaceChildren();
    this.#render();
  }

  #say(state: string, text = '', retry?: () => void): void {
    this.dom.dataset.state = state;
    this.#note.replaceChildren(text);
    if (retry) this.#note.append(' ', el('button', { type: 'button', class: 'button small', onclick: retry }, 'Try again'));
  }
}
