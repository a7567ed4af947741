/** Puts image files into the text: pasted, dropped or picked. */
import type { Editor } from '@tiptap/core';
import type { Blob as Stored } from '../../api/blobs';
import { toast } from '../../page/toast';
import { FILES_MAX, IMAGE_TYPES, imageSize, type Uploads } from './uploads';

/** Those of the files that are images the server takes; says so about the others. */
export function imageFiles(files: Iterable<File>): File[] {
  const all = [...files];
  const images = all.filter((file) => IMAGE_TYPES.includes(file.type));
  const refused = all.find((file) => !images.includes(file));
  if (refused) toast(`${refused.name || 'This file'} cannot be added. Images may be PNG, JPEG, GIF, WebP or AVIF.`, { tone: 'error' });
  if (images.length > FILES_MAX) toast(`Only the first ${FILES_MAX} images were added.`);
  return images.slice(0, FILES_MAX);
}

/** Inserts the images at the caret, or at `at`, each with its size, so that the text below moves only once. */
export async function insertImages(editor: Editor, uploads: Uploads, files: File[], at?: number): Promise<void> {
  if (at !== undefined) editor.commands.setTextSelection(at);
  for (const file of files) {
    const size = await imageSize(file);
    if (editor.isDestroyed || !editor.isEditable) return;
    const upload = uploads.start(file);
    const alt = nameOf(file);
    const inserted = editor.chain().insertContent({ type: 'image', attrs: { upload, alt, type: file.type, ...size } }).scrollIntoView().run();
    if (!inserted) uploads.forget(upload);
  }
  if (files.length > 0) roomBelow(editor);
}

/** Behind an image or a table at the end of the text there has to be a line to write on. Puts the caret there. */
export function roomBelow(editor: Editor): void {
  const { doc } = editor.state;
  if (!editor.isEditable || (doc.lastChild?.isTextblock && !doc.lastChild.type.spec.code)) return;
  editor.chain().insertContentAt(doc.content.size, { type: 'paragraph' }).setTextSelection(doc.content.size + 1).run();
}

/** Gives the node of this upload its hash. Not a step of undo: taking it back would leave an image without bytes. */
export function storeImage(editor: Editor, upload: string, { hash, type }: Stored): void {
  const { state, view } = editor;
  const tr = state.tr.setMeta('addToHistory', false);
  state.doc.descendants((node, position) => {
    if (node.type.name === 'image' && node.attrs.upload === upload) tr.setNodeMarkup(position, undefined, { ...node.attrs, blob: hash, type, upload: null });
    return !node.isTextblock;
  });
  if (tr.docChanged) view.dispatch(tr);
}

/** Asks for files. Has to be called in answer to a click or a key. */
export function pickImages(picked: (files: File[]) => void, multiple = true): void {
  const input = document.createElement('input');
  Object.assign(input, { type: 'file', accept: IMAGE_TYPES.join(','), multiple });
  input.addEventListener('change', () => picked(imageFiles(input.files ?? [])));
  input.click();
}

/** A file's name describes it better than nothing, unless a camera or a clipboard made it up. */
function nameOf({ name }: File): string | null {
  const stem = name.replace(/\.[^.]+$/, '').replace(/[_-]+/g, ' ').trim();
  return stem === '' || /^(image|img|dsc|screenshot|pasted|unnamed|untitled|blob)?[\s\d():.]*$/i.test(stem) ? null : stem.slice(0, 120);
}
