/** One image on the page: its place is kept from the first moment, whatever becomes of its bytes. */
import type { NodeViewRendererProps } from '@tiptap/core';
import type { Node as ProseNode } from '@tiptap/pm/model';
import type { NodeView } from '@tiptap/pm/view';
import { blobUrl } from '../../api/blobs';
import type { Upload, Uploads } from '../../images/uploads';
import { el } from '../../page/dom';
import { pictureIn, type Picture } from './node';
import { picturesOf, type Pictures } from './pictures';

export class ImageView implements NodeView {
  readonly dom = el('figure', { class: 'image', contenteditable: 'false' });
  readonly #frame = el('div', { class: 'image-frame' });
  readonly #note = el('figcaption', { class: 'image-note' });
  readonly #document: string;
  readonly #uploads: Uploads | null;
  readonly #pictures: Pictures;
  readonly #stops: ((() => void) | undefined)[];
  #node: ProseNode;
  #shown = '';

  constructor({ node }: NodeViewRendererProps, document: string, uploads: Uploads | null) {
    this.#node = node;
    this.#document = document;
    this.#uploads = uploads;
    this.dom.append(this.#frame, this.#note);
    this.#pictures = picturesOf(document);
    this.#stops = [
      uploads?.onChange((id) => id === this.#node.attrs.upload && this.#render()),
      this.#pictures.watch({ hash: () => pictureIn(this.#node).blob, changed: () => this.#render() }),
    ];
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
    for (const stop of this.#stops) stop?.();
  }

  #render(): void {
    const picture = pictureIn(this.#node);
    const { width, height, blob, upload } = picture;
    this.#frame.style.aspectRatio = width && height ? `${width} / ${height}` : '';
    this.#frame.toggleAttribute('data-sized', Boolean(width && height));
    this.#frame.style.width = width ? `${width}px` : '';
    if (blob) return this.#stored(picture, blob);
    if (upload) this.#uploads?.want(upload);
    const own = upload ? (this.#uploads?.get(upload) ?? null) : null;
    this.#picture(picture, own?.preview ?? '');
    if (own) this.#sending(own);
    else if (!upload) this.#say('missing', 'An image of another app, which cannot be shown here.');
    // Until this browser has looked whether it has the bytes there is nothing to say.
    else this.#say('awaited', !this.#uploads || this.#uploads.isElsewhere(upload) ? 'This image is still being uploaded.' : '');
  }

  #stored(picture: Picture, hash: string): void {
    const fetched = this.#pictures.get(hash);
    // What cannot be had now is not asked for by every node that shows it.
    this.#picture(picture, fetched === undefined ? blobUrl(this.#document, hash) : (fetched ?? ''));
    if (fetched === null) this.#say('failed', 'The image could not be loaded.', () => this.#pictures.retry(hash));
    else this.#say('shown');
  }

  #sending({ id, failed, keeping }: Upload): void {
    const kept = keeping === null || keeping === 'kept';
    if (!kept && (failed || !this.#uploads!.online)) this.#say('waiting', 'Only in this tab: keep it open.');
    else if (!this.#uploads!.online) this.#say('waiting', 'Kept on this device until it can be uploaded.');
    else if (failed) this.#say('failed', failed, () => this.#uploads!.retry(id));
    else this.#say('sending', 'Uploading…');
  }

  #picture({ blob, alt }: Picture, source: string): void {
    const img = this.#frame.querySelector('img');
    if (img && source === this.#shown) {
      img.alt = alt;
      return;
    }
    this.#shown = source;
    // A picture that was shown stays until there is another.
    if (!source) return img && blob ? undefined : this.#frame.replaceChildren();
    const next = el('img', { alt, decoding: 'async', draggable: 'false' });
    next.addEventListener('error', () => this.#shown === source && this.#broken(blob, source));
    // What is shown already stays until the stored bytes are there, so that nothing flickers.
    if (img && blob) next.addEventListener('load', () => this.#shown === source && this.#frame.replaceChildren(next));
    else this.#frame.replaceChildren(next);
    next.src = source;
  }

  #broken(blob: string | null, source: string): void {
    if (source.startsWith('blob:')) this.#say('failed', 'The image could not be shown.');
    else if (blob) this.#pictures.failed(blob);
    // Of another document, which cannot be reached: it is fetched when it is sent.
    else this.#frame.replaceChildren();
  }

  #say(state: string, text = '', retry?: () => void): void {
    this.dom.dataset.state = state;
    this.#note.replaceChildren(text);
    if (retry) this.#note.append(' ', el('button', { type: 'button', class: 'button small', onclick: retry }, 'Try again'));
  }
}
