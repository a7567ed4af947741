/** Puts image files into the text: pasted, dropped or picked. */
import type { Editor } from '@tiptap/core';
import { IMAGE_TYPES, type Blob as Stored } from '../../api/blobs';
import { NO_ROOM, type Uploads } from '../../images/uploads';
import { toast } from '../../page/toast';

export const IMAGES_NAMED = 'Images may be PNG, JPEG, GIF, WebP or AVIF.';
/** Files taken from one drop or paste. */
const FILES_MAX = 20;

/** Those of the files that are images the server takes; says so about the others. */
export function imageFiles(files: Iterable<File>): File[] {
  const all = [...files];
  const images = all.filter((file) => IMAGE_TYPES.includes(file.type));
  const refused = all.find((file) => !images.includes(file));
  if (refused) toast(`${refused.name || 'This file'} cannot be added. ${IMAGES_NAMED}`, { tone: 'error' });
  if (images.length > FILES_MAX) toast(`Only the first ${FILES_MAX} images were added.`);
  return images.slice(0, FILES_MAX);
}

/** Inserts the images at the caret, or at `at`, each with its size, so that the text below moves only once. */
export async function insertImages(editor: Editor, uploads: Uploads, files: File[], at?: number): Promise<void> {
  if (at !== undefined) editor.commands.setTextSelection(at);
  for (const file of files) {
    const upload = uploads.add(file);
    if (!upload) {
      toast(NO_ROOM, { tone: 'error', ms: 10_000 });
      break;
    }
    // The bytes are safe before the text shows them: nothing that ends the page leaves an image without them.
    const [size] = await Promise.all([imageSize(file), uploads.written(upload)]);
    if (!insertImage(editor, { upload, alt: nameOf(file), type: file.type, ...size })) return uploads.forget(upload);
  }
  if (files.length > 0) roomBelow(editor);
}

function insertImage(editor: Editor, attrs: object): boolean {
  if (editor.isDestroyed || !editor.isEditable) return false;
  return editor.chain().insertContent({ type: 'image', attrs }).scrollIntoView().run();
}

/** Behind an image or a table at the end of the text there has to be a line to write on. Puts the caret there. */
export function roomBelow(editor: Editor): void {
  const { doc } = editor.state;
  if (!editor.isEditable || (doc.lastChild?.isTextblock && !doc.lastChild.type.spec.code)) return;
  editor.chain().insertContentAt(doc.content.size, { type: 'paragraph' }).setTextSelection(doc.content.size + 1).run();
}

/** Whether the text shows this upload. */
export function showsUpload({ state }: Editor, upload: string): boolean {
  let shown = false;
  state.doc.descendants((node) => {
    shown ||= node.type.name === 'image' && node.attrs.upload === upload;
    return !shown && !node.isTextblock;
  });
  return shown;
}

/** Gives the node of this upload its hash; false if there is none. Not a step of undo: taking it back would leave an image without bytes. */
export function storeImage(editor: Editor, upload: string, { hash, type }: Stored): boolean {
  const { state, view } = editor;
  const tr = state.tr.setMeta('addToHistory', false);
  state.doc.descendants((node, position) => {
    if (node.type.name === 'image' && node.attrs.upload === upload) tr.setNodeMarkup(position, undefined, { ...node.attrs, blob: hash, type, upload: null });
    return !node.isTextblock;
  });
  if (tr.docChanged) view.dispatch(tr);
  return tr.docChanged;
}

/** Asks for files. Has to be called in answer to a click or a key. */
export function pickImages(picked: (files: File[]) => void, multiple = true): void {
  const input = document.createElement('input');
  Object.assign(input, { type: 'file', accept: IMAGE_TYPES.join(','), multiple });
  input.addEventListener('change', () => picked(imageFiles(input.files ?? [])));
  input.click();
}

/** Width and height of an image file; null when it cannot be shown here. */
async function imageSize(bytes: Blob): Promise<{ width: number; height: number } | null> {
  try {
    const bitmap = await createImageBitmap(bytes);
    const { width, height } = bitmap;
    bitmap.close();
    return { width, height };
  } catch {
    return null;
  }
}

/** A file's name describes it better than nothing, unless a camera or a clipboard made it up. */
function nameOf({ name }: File): string | null {
  const stem = name.replace(/\.[^.]+$/, '').replace(/[_-]+/g, ' ').trim();
  return stem === '' || /^(image|img|dsc|screenshot|pasted|unnamed|untitled|blob)?[\s\d():.]*$/i.test(stem) ? null : stem.slice(0, 120);
}
