/** The rich text editor on the document's `body`. */
import { Editor } from '@tiptap/core';
import Collaboration from '@tiptap/extension-collaboration';
import { Placeholder } from '@tiptap/extensions/placeholder';
import StarterKit from '@tiptap/starter-kit';
import type { Session } from '../session/session';
import { Carets } from './carets';

/** Name of the shared fragment that holds the text. */
export const BODY = 'body';

export function createEditor(element: HTMLElement, session: Session): Editor {
  return new Editor({
    element,
    editable: false,
    // The page's own style sheet covers the editor's basic rules.
    injectCSS: false,
    editorProps: {
      attributes: { class: 'prose', role: 'textbox', 'aria-multiline': 'true', 'aria-label': 'Document body', spellcheck: 'true' },
      handleClick: (_view, _position, event) => openLink(event),
    },
    extensions: [
      StarterKit.configure({
        // Undo belongs to the collaboration extension, which knows whose change is whose.
        undoRedo: false,
        // It appends a paragraph by itself: merely opening a document would be an edit, once per reader.
        trailingNode: false,
        heading: { levels: [1, 2, 3] },
        link: { openOnClick: false, defaultProtocol: 'https', HTMLAttributes: { rel: 'noopener noreferrer nofollow', target: '_blank' } },
      }),
      Placeholder.configure({ placeholder: 'Start writing…' }),
      Collaboration.configure({ document: session.doc, field: BODY }),
      Carets.configure({ awareness: session.awareness, field: BODY }),
    ],
  });
}

/**
 * Moves the caret and the focus at once. The editor's own focus command waits for the next frame, and what is typed
 * until then would go to the element that had the focus before.
 */
export function focusText(editor: Editor, at: 'start' | 'end' | 'here'): void {
  if (at !== 'here') editor.commands.setTextSelection(at === 'start' ? 1 : editor.state.doc.content.size - 1);
  editor.view.focus();
}

/** In an editable text a plain click places the caret; with Ctrl or Cmd it follows the link. */
function openLink(event: MouseEvent): boolean {
  const link = event.target instanceof Element ? event.target.closest('a[href]') : null;
  if (!(link instanceof HTMLAnchorElement) || !(event.ctrlKey || event.metaKey)) return false;
  if (!/^(https?|mailto|tel):/i.test(link.href)) return false;
  window.open(link.href, '_blank', 'noopener');
  return true;
}
