/** What happens to what is pasted or dropped: images, other programs' HTML, Markdown. */
import { Extension, type Editor } from '@tiptap/core';
import { Fragment, Slice } from '@tiptap/pm/model';
import { Plugin, PluginKey } from '@tiptap/pm/state';
import type { EditorView } from '@tiptap/pm/view';
import type { Uploads } from '../../images/uploads';
import { EmbeddedImages } from '../image/embedded';
import { asOneStep } from '../undo-step';
import { cleanPasted } from './clean';
import { insertFiles } from './files';
import { looksLikeMarkdown, withoutImages } from './markdown-text';

export interface PasteOptions {
  document: string;
  uploads: Uploads | null;
}

export const Paste = Extension.create<PasteOptions>({
  name: 'pasting',
  addOptions: () => ({ document: '', uploads: null }),

  addProseMirrorPlugins() {
    const { editor } = this;
    const { uploads } = this.options;
    return [
      new Plugin({
        key: new PluginKey('pasting'),
        props: {
          transformPastedHTML: (html) => withImages(editor, html, this.options),
          handlePaste: (view, event) => (event.clipboardData && editor.isEditable ? pasteMarkdown(editor, view, event.clipboardData, this.options) : false),
          // Before the editor reads the HTML that comes with files: the images in it are the same ones.
          handleDOMEvents: {
            paste: (_view, event) => {
              const { clipboardData: data } = event;
              const files = [...(data?.files ?? [])];
              if (files.length === 0 || !uploads || !editor.isEditable || !isOnlyImage(data!.getData('text/html'))) return false;
              event.preventDefault();
              void insertFiles(editor, this.options, files);
              return true;
            },
            drop: (view, event) => {
              const files = [...(event.dataTransfer?.files ?? [])];
              if (view.dragging || files.length === 0 || !uploads || !editor.isEditable) return false;
              event.preventDefault();
              const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos;
              void insertFiles(editor, this.options, files, at);
              return true;
            },
          },
        },
      }),
    ];
  },
});

/** Copying an image in a browser gives the file and a piece of HTML that points to it. */
function isOnlyImage(html: string): boolean {
  if (!html) return true;
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  return body.querySelectorAll('img').length === 1 && !body.textContent?.trim() && !body.querySelector('img[data-blob]');
}

/** The HTML, clean, with the images that it brings along on their way to the server. */
function withImages(editor: Editor, html: string, { document, uploads }: PasteOptions): string {
  const images = new EmbeddedImages(uploads);
  const clean = adopt(cleanPasted(html, (address) => images.take(address)), document, images);
  images.tell();
  queueMicrotask(() => images.forgetUnshown(editor));
  return clean;
}

/** An image copied from another document of this server has its bytes there: they are stored here as well. */
function adopt(html: string, document: string, images: EmbeddedImages): string {
  if (!html.includes('data-document')) return html;
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  for (const image of body.querySelectorAll<HTMLImageElement>('img[data-document]')) {
    const { document: from = '', blob = '' } = image.dataset;
    if (from === document) continue;
    const upload = images.copy({ document: from, hash: blob });
    if (!upload) {
      image.replaceWith(image.alt);
      continue;
    }
    image.dataset.upload = upload;
    delete image.dataset.blob;
  }
  return body.innerHTML;
}

/** Shift with the paste keys asks for the text as it is. */
function wantsPlain(view: EditorView): boolean {
  return (view as unknown as { input?: { shiftKey?: boolean } }).input?.shiftKey === true;
}

/** As it stands: no part of it becomes a link or a mark. */
function insertText(view: EditorView, text: string): void {
  const { state } = view;
  const { paragraph } = state.schema.nodes;
  const marks = state.storedMarks ?? state.selection.$from.marks();
  const lines = text.split(/(?:\r\n?|\n)+/).map((line) => paragraph!.create(null, line ? state.schema.text(line, marks) : null));
  view.dispatch(state.tr.replaceSelection(new Slice(Fragment.from(lines), 1, 1)).scrollIntoView());
}

/** First the text as it is, then what it means: one undo leads back to the text. The bytes of images are never a text. */
function pasteMarkdown(editor: Editor, view: EditorView, data: DataTransfer, keeping: PasteOptions): boolean {
  const text = data.getData('text/plain');
  const html = data.getData('text/html');
  const code = [...data.types].includes('vscode-editor-data');
  if ((html && !code) || !text || view.state.selection.$from.parent.type.spec.code || !looksLikeMarkdown(text)) return false;
  if (wantsPlain(view)) {
    insertText(view, text);
    return true;
  }
  const asText = withoutImages(text) === text;
  const before = view.state.selection.from;
  if (asText) insertText(view, text);
  const pasted = view.state.doc;
  const written = view.state.selection.to;
  void import('../export/markdown').then(({ parseMarkdown }) => {
    // Somebody went on typing meanwhile: what is there stays as it is.
    if (editor.isDestroyed || !editor.isEditable || (asText && view.state.doc !== pasted)) return;
    const content = parseMarkdown(editor.schema, text, keeping);
    if (!content) return void (asText || insertText(view, withoutImages(text)));
    const { from, to } = asText ? { from: before, to: written } : view.state.selection;
    asOneStep(editor, () => editor.chain().insertContentAt({ from, to }, content).scrollIntoView().run());
  });
  return true;
}
