/** The document page: text, toolbar and what belongs to them. */
import './editor.css';
import type { Editor } from '@tiptap/core';
import { NodeSelection } from '@tiptap/pm/state';
import { onReturn } from '../images/errands';
import { KeptImages } from '../images/kept-images';
import { Uploads } from '../images/uploads';
import { byId, el } from '../page/dom';
import { mountHistory } from '../page/history-entry';
import { openShell } from '../page/shell';
import { toast } from '../page/toast';
import { titleOf } from '../title/title-text';
import { locateCaret } from './carets';
import { documentCommands, documentMenu } from './commands';
import { Foot } from './count/foot';
import { focusText } from './editor';
import { copyMarkdown, saveHtml, saveMarkdown } from './export/save';
import { FindBar } from './find/bar';
import { EditorHost } from './host';
import { insertImages, pickImages, roomBelow, showsUpload, storeImage } from './image/insert';
import { picturesOf } from './image/pictures';
import { imageBar, selectionBar, tableBar } from './menu/bars';
import { LinkBox } from './menu/link-box';
import { Outline } from './outline/outline';
import { insertFiles, type Keeping } from './paste/files';
import { hintReading } from './reading';
import { Toolbar } from './toolbar';
import { announceTyping, showTyping } from './typing';

interface Parts {
  link: LinkBox;
  find: FindBar;
  outline: Outline;
}

function start(): void {
  let host: EditorHost | null = null;
  let parts: Parts | null = null;
  const editor = (): Editor | null => host?.editor ?? null;
  const shell = openShell({
    kind: 'document',
    allowed: (editable) => {
      // The editor comes with the content: an empty one would have to be filled in a second go.
      if (session.state.loaded) host ??= new EditorHost(options);
      host?.setEditable(editable);
    },
    leaveTitle: () => withEditor((editor) => focusText(editor, 'start')),
    locate: (clients) => locateCaret(editor(), clients),
    text: () => host?.text() ?? '',
  });
  const { session } = shell;
  const title = () => titleOf(session.doc).toString();
  const withEditor = (run: (editor: Editor) => unknown) => {
    const now = editor();
    if (now) void run(now);
  };
  const uploads = new Uploads({
    session,
    kept: new KeptImages(session.name),
    wanted: (id) => editor() !== null && showsUpload(editor()!, id),
    stored: (id, blob) => editor() !== null && storeImage(editor()!, id, blob),
  });
  const pick = () => pickImages((files) => withEditor((editor) => insertImages(editor, uploads, files)));
  const foot = el('div', { class: 'foot' });
  const options = {
    element: byId('editor'),
    session,
    uploads,
    actions: { editLink: () => parts?.link.edit() ?? false, pickImage: pick, find: () => parts?.find.show() },
    mounted: (editor: Editor, signal: AbortSignal) => {
      parts = mount(editor, signal);
      new Foot(editor, foot, signal);
      announceTyping(editor, session, signal);
      imageBar(editor, signal, () => replaceImage(editor, uploads));
      signal.addEventListener('abort', () => (parts = null));
      Object.assign(window.weft!, { editor });
    },
  };
  const commands = documentCommands({
    editor,
    find: () => parts?.find.show(),
    outline: () => parts?.outline.toggle(),
    saveMarkdown: () => withEditor((editor) => saveMarkdown(editor, session.name, title())),
    saveHtml: () => withEditor((editor) => saveHtml(editor, session.name, title())),
    copyMarkdown: () => withEditor((editor) => copyMarkdown(editor, session.name)),
  });
  const history = mountHistory(shell, 'document', async (root) => (await import('../history/stage-text')).textStage(root, session.name));
  shell.commands.add(...commands);
  shell.tools.append(...documentMenu([...commands, history]));
  byId('sheet').append(foot);
  showTyping(foot, session);
  hintReading(() => session.state.readonly);
  onReturn(session, () => picturesOf(session.name).wake());
  focusEndOnBlank(withEditor);
  keepFilesOut(withEditor, { document: session.name, uploads });
  shell.start();
}

/** What works on one editor and ends with it. */
function mount(editor: Editor, signal: AbortSignal): Parts {
  new Toolbar(byId('toolbar'), editor, signal);
  selectionBar(editor, signal);
  tableBar(editor, signal);
  return { link: new LinkBox(editor, signal), find: new FindBar(editor, signal), outline: new Outline(editor, signal) };
}

function replaceImage(editor: Editor, uploads: Uploads): void {
  const { from } = editor.state.selection;
  pickImages(([file]) => {
    if (!file || !(editor.state.selection instanceof NodeSelection)) return;
    editor.commands.setNodeSelection(from);
    void insertImages(editor, uploads, [file]);
  }, false);
}

/** The empty part of the sheet below the text belongs to the text. */
function focusEndOnBlank(withEditor: (run: (editor: Editor) => void) => void): void {
  byId('sheet').addEventListener('mousedown', (event) => {
    if (event.target !== event.currentTarget && event.target !== byId('editor')) return;
    event.preventDefault();
    withEditor((editor) => {
      roomBelow(editor);
      focusText(editor, 'end');
    });
  });
}

/** A file dropped beside the text would replace the page; it goes to the caret instead. */
function keepFilesOut(withEditor: (run: (editor: Editor) => void) => void, keeping: Keeping): void {
  addEventListener('dragover', (event) => event.dataTransfer?.types.includes('Files') && event.preventDefault());
  addEventListener('drop', (event) => {
    const files = [...(event.dataTransfer?.files ?? [])];
    if (event.defaultPrevented || files.length === 0) return;
    event.preventDefault();
    withEditor((editor) => {
      if (!editor.isEditable) return void toast('View only: files cannot be added.');
      void insertFiles(editor, keeping, files);
    });
  });
}

start();
