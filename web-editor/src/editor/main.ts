/** The document page: wires the session to title, text, toolbar, people and status. */
import '../page/base.css';
import './editor.css';
import type { Editor } from '@tiptap/core';
import { pageToken } from '../api/token';
import { byId } from '../page/dom';
import { bindThemeSwitch } from '../page/theme-switch';
import { showPresence } from '../presence/presence';
import { Session, syncUrl } from '../session/session';
import { StatusView } from '../status/status';
import { createEditor, focusText } from './editor';
import { TitleField } from './title';
import { TitlePublisher, adoptListedTitle } from './title-publisher';
import { Toolbar } from './toolbar';

declare global {
  interface Window {
    /** For tests and for looking into a running page. */
    weft?: { session: Session; doc: Session['doc']; editor: Editor };
  }
}

const SESSION_EXPIRED = 4401;

function documentName(path: string): string {
  const encoded = path.replace(/^\/d\//, '');
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

function start(): void {
  const session = new Session({ url: syncUrl(), name: documentName(location.pathname), token: async () => pageToken() });
  const editor = createEditor(byId('editor'), session);
  const toolbar = new Toolbar(byId('toolbar'), editor);
  const field = byId<HTMLTextAreaElement>('title');
  const publisher = new TitlePublisher(session);
  new TitleField({ field, session, leave: () => focusText(editor, 'start'), edited: () => publisher.edited() });
  bindThemeSwitch(byId('theme-switch'));
  showPresence(session, byId('presence'));
  new StatusView(session, () => navigator.clipboard.writeText(editor.getText({ blockSeparator: '\n\n' })));

  const allow = () => {
    const editable = mayEdit(session);
    document.body.dataset.loaded = String(session.state.loaded);
    document.body.dataset.readonly = String(session.state.readonly);
    document.body.dataset.denied = String(session.state.net === 'denied');
    field.readOnly = !editable;
    if (editor.isEditable === editable) return;
    editor.setEditable(editable, false);
    editor.view.dom.setAttribute('aria-readonly', String(!editable));
    toolbar.refresh();
  };
  session.subscribe(allow);
  allow();
  welcome(session, field);
  adoptListedTitle(session);
  focusEndOnBlank(editor);
  window.weft = { session, doc: session.doc, editor };
}

/** Text typed before anything is loaded would end up in front of the document; an expired session keeps its local edits. */
function mayEdit({ state }: Session): boolean {
  const shut = state.net === 'denied' && state.code !== SESSION_EXPIRED;
  return state.loaded && !state.readonly && !shut;
}

/** A document that was just created waits for its title. */
function welcome(session: Session, field: HTMLTextAreaElement): void {
  const stop = session.subscribe(() => {
    if (session.state.net !== 'online') return;
    stop();
    const query = new URLSearchParams(location.search);
    if (!query.has('new')) return;
    if (document.activeElement === document.body) field.focus();
    // The address gets passed on; for the others the document is not new.
    query.delete('new');
    history.replaceState(null, '', `${location.pathname}${query.size ? `?${query}` : ''}`);
  });
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
