/** Files that are dropped or pasted: images, and texts in Markdown. */
import type { Editor } from '@tiptap/core';
import { toast } from '../../page/toast';
import { imageFiles, insertImages } from '../image/insert';
import type { Uploads } from '../../images/uploads';
import { asOneStep } from '../undo-step';
import { withoutImages } from './markdown-text';

/** Longer texts would hold up the page for everybody; the images in them do not count. */
const TEXT_CHARACTERS_MAX = 1_000_000;
const FILE_BYTES_MAX = 64 * 1024 * 1024;

export interface Keeping {
  document: string;
  uploads: Uploads | null;
}

/** Puts them at `at`, or where the caret is; says so about those that cannot be added. */
export async function insertFiles(editor: Editor, keeping: Keeping, files: File[], at?: number): Promise<void> {
  const texts = files.filter(isMarkdown);
  const others = files.filter((file) => !texts.includes(file));
  for (const file of texts) await insertText(editor, keeping, file, at);
  const images = others.length > 0 && keeping.uploads ? imageFiles(others) : [];
  if (images.length > 0) await insertImages(editor, keeping.uploads!, images, at);
}

function isMarkdown({ name, type }: File): boolean {
  return type === 'text/markdown' || /\.(md|markdown|mdown|mkd)$/i.test(name);
}

async function insertText(editor: Editor, keeping: Keeping, file: File, at?: number): Promise<void> {
  const text = file.size > FILE_BYTES_MAX ? null : await file.text();
  if (text === null || withoutImages(text).length > TEXT_CHARACTERS_MAX) return void toast(`${file.name} cannot be added: a text may have up to 1 MB.`, { tone: 'error' });
  const { fromMarkdown } = await import('../export/markdown');
  if (editor.isDestroyed || !editor.isEditable) return;
  if (text.trim() === '') return void toast(`${file.name} is empty.`);
  const content = fromMarkdown(editor.schema, text.replace(/^\ufeff/, ''), keeping);
  asOneStep(editor, () => editor.chain().insertContentAt(place(editor, at), content).scrollIntoView().run());
}

/** Between blocks: behind the one that is pointed at, or instead of it where it is empty. */
function place({ state: { doc, selection } }: Editor, at = selection.to): number | { from: number; to: number } {
  const $at = doc.resolve(Math.min(at, doc.content.size));
  if (!$at.parent.isTextblock) return $at.pos;
  const [from, to] = [$at.before(), $at.after()];
  return $at.parent.content.size === 0 ? { from, to } : to;
}
