/** The rich text editor on the document's text. */
import { Editor, getSchema, type Extensions } from '@tiptap/core';
import { Link as BasicLink } from '@tiptap/extension-link';
import { TaskItem, TaskList } from '@tiptap/extension-list';
import { TableCell, TableHeader, TableRow } from '@tiptap/extension-table';
import { Placeholder } from '@tiptap/extensions/placeholder';
import { Selection } from '@tiptap/extensions/selection';
import StarterKit from '@tiptap/starter-kit';
import type { Uploads } from '../images/uploads';
import type { Session } from '../session/session';
import { PageActions, type Actions } from './actions';
import { Anchor } from './anchor';
import { Bulk } from './binding/bulk';
import { foreignNodes } from './binding/foreign';
export { BODY } from './binding/format';
import { bindingKey } from './binding/key';
import { Together } from './binding/together';
import { Carets } from './carets';
import { CodeBlock } from './code-block';
import { Composing, endComposition } from './composing';
import { Direction } from './direction';
import { Find } from './find/find';
import { Guard } from './guard';
import { Image } from './image/node';
import { Highlight, Subscript, Superscript } from './marks';
import { isLinkAllowed } from './menu/link-target';
import { SlashMenu } from './menu/slash';
import { TypedLink } from './menu/typed-link';
import { Paste } from './paste/paste';
import { QuickView } from './quick-view';
import { readCaret } from './read-caret';
import { boundTables, Table } from './table';
import { StructureKeys } from './structure-keys';
import { TaskKeys } from './task-keys';

const Link = BasicLink
  // What is written behind a link is not of it.
  .extend({ inclusive: false })
  .configure({
    openOnClick: false,
    defaultProtocol: 'https',
    // A stranger's link may have none.
    isAllowedUri: (url: unknown) => typeof url === 'string' && (isLinkAllowed(url) || isLinkAllowed(`https://${url}`)),
    HTMLAttributes: { rel: 'noopener noreferrer nofollow', target: '_blank' },
  });

/** What a document can hold: the nodes and marks, without anything that needs a page. */
export function contentExtensions(document = '', uploads: Uploads | null = null): Extensions {
  return [
    StarterKit.configure({
      // Undo belongs to the collaboration extension, which knows whose change is whose.
      undoRedo: false,
      // It appends a paragraph by itself: merely opening a document would be an edit, once per reader.
      trailingNode: false,
      heading: { levels: [1, 2, 3] },
      codeBlock: false,
      dropcursor: { class: 'dropcursor', color: false, width: 2 },
      link: false,
    }),
    Link,
    Subscript,
    Superscript,
    Highlight,
    CodeBlock,
    TaskList,
    TaskItem.configure({ nested: true }),
    Table,
    TableCell,
    TableHeader,
    TableRow,
    Direction,
    Image.configure({ document, uploads }),
    ...foreignNodes,
  ];
}

/** The schema of the content. */
export function ownSchema(): ReturnType<typeof getSchema> {
  const schema = getSchema(contentExtensions());
  boundTables(schema);
  return schema;
}

export interface Making {
  element: HTMLElement;
  session: Session;
  uploads: Uploads;
  actions: Actions;
}

export function createEditor({ element, session, uploads, actions }: Making): Editor {
  const editor = new Editor({
    element,
    editable: false,
    // It tells of every node that is deleted; nobody asks.
    enableCoreExtensions: { delete: false },
    // Signs in a pasted text are meant as they stand, or as Markdown as a whole.
    enablePasteRules: ['link'],
    // The page's own style sheet covers the editor's basic rules.
    injectCSS: false,
    editorProps: {
      attributes: { class: 'prose', role: 'textbox', 'aria-multiline': 'true', 'aria-label': 'Document body', spellcheck: 'true' },
      handleClick: (_view, _position, event) => openLink(event),
      // The header covers the top of the page.
      scrollMargin: { top: 130, bottom: 60, left: 5, right: 5 },
      scrollThreshold: { top: 130, bottom: 60, left: 0, right: 0 },
    },
    extensions: [
      ...contentExtensions(session.name, uploads),
      Guard,
      Anchor,
      QuickView,
      Placeholder.configure({ placeholder: ({ editor }) => (editor.isEditable ? 'Write, or press / for blocks…' : 'Nothing has been written yet.') }),
      Selection.configure({ className: 'kept-selection' }),
      Together.configure({ document: session.doc }),
      Bulk,
      Composing.configure({ hold: (composing) => session.composing(composing) }),
      Carets.configure({ awareness: session.awareness }),
      PageActions.configure({ actions }),
      Paste.configure({ document: session.name, uploads }),
      SlashMenu,
      TypedLink,
      StructureKeys,
      TaskKeys,
      Find,
    ],
  });
  const stops = [
    session.onRestored(() => bindingKey.getState(editor.state)?.binding.restored()),
    session.onBeforeStep(() => readCaret(editor)),
    session.onOverdue(() => endComposition(editor)),
  ];
  editor.on('destroy', () => stops.forEach((stop) => stop()));
  return editor;
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
  if (!isLinkAllowed(link.href)) return false;
  window.open(link.href, '_blank', 'noopener');
  return true;
}
