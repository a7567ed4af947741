/** What happens to what is pasted or dropped: images, other programs' HTML, Markdown. */
import { Extension, type Editor } from '@tiptap/core';
import { Plugin, PluginKey } from '@tiptap/pm/state';
import type { EditorView } from '@tiptap/pm/view';
import type { Uploads } from '../../images/uploads';
import { asOneStep } from '../undo-step';
import { cleanPasted } from './clean';
import { insertFiles } from './files';
import { looksLikeMarkdown } from './markdown-text';

export interface PasteOptions {
  document: string;
  uploads: Uploads | null;
}

export const Paste = Extension.create<PasteOptions>({
  name: 'pasting',
  addOptions: () => ({ document: '', uploads: null }),

  addProseMirrorPlugins() {
    const { editor } = this;
    const { document, uploads } = this.options;
    return [
      new Plugin({
        key: new PluginKey('pasting'),
        props: {
          transformPastedHTML: (html) => adopt(cleanPasted(html), document, uploads),
          handlePaste: (view, event) => {
            const data = event.clipboardData;
            if (!data || !editor.isEditable) return false;
            const files = [...data.files];
            // Copying an image in a browser gives the file and a piece of HTML that points to it.
            if (files.length > 0 && uploads && isOnlyImage(data.getData('text/html'))) {
              void insertFiles(editor, this.options, files);
              return true;
            }
            return pasteMarkdown(editor, view, data, this.options);
          },
          handleDrop: (view, event, _slice, moved) => {
            const files = [...(event.dataTransfer?.files ?? [])];
            if (moved || files.length === 0 || !uploads || !editor.isEditable) return false;
            event.preventDefault();
            const at = view.posAtCoords({ left: event.clientX, top: event.clientY })?.pos;
            void insertFiles(editor, this.options, files, at);
            return true;
          },
        },
      }),
    ];
  },
});

function isOnlyImage(html: string): boolean {
  if (!html) return true;
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  return body.querySelectorAll('img').length === 1 && !body.textContent?.trim() && !body.querySelector('img[data-blob]');
}

/** An image copied from another document of this server has its bytes there: they are stored here as well. */
function adopt(html: string, document: string, uploads: Uploads | null): string {
  if (!html.includes('data-document')) return html;
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  for (const image of body.querySelectorAll<HTMLElement>('img[data-document]')) {
    const { document: from = '', blob = '' } = image.dataset;
    if (from === document || !uploads) continue;
    image.dataset.upload = uploads.copy({ document: from, hash: blob });
    delete image.dataset.blob;
  }
  return body.innerHTML;
}

/** Shift with the paste keys asks for the text as it is. */
function wantsPlain(view: EditorView): boolean {
  return (view as unknown as { input?: { shiftKey?: boolean } }).input?.shiftKey === true;
}

/** First the text as it is, then what it means: one undo leads back to the text. */
function pasteMarkdown(editor: Editor, view: EditorView, data: DataTransfer, keeping: PasteOptions): boolean {
  const text = data.getData('text/plain');
  const html = data.getData('text/html');
  const code = [...data.types].includes('vscode-editor-data');
  const { $from } = view.state.selection;
  if ((html && !code) || !text || wantsPlain(view) || $from.parent.type.spec.code || !looksLikeMarkdown(text)) return false;
  const before = view.state.selection.from;
  view.pasteText(text, new ClipboardEvent('paste'));
  const pasted = view.state.doc;
  const range = { from: before, to: view.state.selection.to };
  void import('../export/markdown').then(({ parseMarkdown }) => {
    // Somebody went on typing meanwhile: what is there stays as it is.
    if (editor.isDestroyed || !editor.isEditable || view.state.doc !== pasted) return;
    const content = parseMarkdown(editor.schema, text, keeping);
    if (!content) return;
    asOneStep(editor, () => editor.chain().insertContentAt(range, content).scrollIntoView().run());
  });
  return true;
}
