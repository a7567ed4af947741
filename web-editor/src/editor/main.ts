/** The document page: text, toolbar and what belongs to them. */
import './editor.css';
import type { Editor } from '@tiptap/core';
import { byId } from '../page/dom';
import { openShell } from '../page/shell';
import { createEditor, focusText } from './editor';
import { Toolbar } from './toolbar';

function start(): void {
  const shell = openShell({
    prefix: '/d/',
    allowed: (editable) => allow(editable),
    leaveTitle: () => focusText(editor, 'start'),
    locate: () => false,
    text: () => editor.getText({ blockSeparator: '\n\n' }),
  });
  const editor = createEditor(byId('editor'), shell.session);
  const toolbar = new Toolbar(byId('toolbar'), editor);
  const allow = (editable: boolean) => {
    if (editor.isEditable === editable) return;
    editor.setEditable(editable, false);
    editor.view.dom.setAttribute('aria-readonly', String(!editable));
    toolbar.refresh();
  };
  shell.start();
  focusEndOnBlank(editor);
  Object.assign(window.weft!, { editor });
}

/** The empty part of the sheet below the text belongs to the text. */
function focusEndOnBlank(editor: Editor): void {
  byId('sheet').addEventListener('mousedown', (event) => {
    if (event.target !== event.currentTarget && event.target !== byId('editor')) return;
    event.preventDefault();
    focusText(editor, 'end');
  });
}

start();
