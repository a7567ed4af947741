/** What every page with a document has: session, title, people, status, theme and commands, in the same places. */
import './base.css';
import '../presence/presence.css';
import './shell.css';
import type { Editor } from '@tiptap/core';
import type { Kind } from '../api/documents';
import { signIn } from '../api/settings';
import { freshToken, pageToken } from '../api/token';
import { mountChat } from '../chat/chat';
import { showPresence } from '../presence/presence';
import { Session, syncUrl } from '../session/session';
import { mountShare } from '../share/share';
import { StatusView } from '../status/status';
import { TitleField } from '../title/title';
import { TitlePublisher, adoptListedTitle } from '../title/title-publisher';
import { Commands } from './commands';
import { byId } from './dom';
import { keepPages } from './keep-pages';
import { KindGate, publishKind } from './kind';
import { bindPalette } from './palette';
import { bindThemeSwitch } from './theme-switch';

const SESSION_EXPIRED = 4401;

export interface ShellOptions {
  /** What the page edits; the first part of its path is `/d/` or `/w/`. */
  kind: Kind;
  /** Whether the body may be edited has changed, or may have. */
  allowed: (editable: boolean) => void;
  /** From the title into the body. */
  leaveTitle: () => void;
  /** Brings the place where one of these awareness clients works into view; false when it is not known. */
  locate: (clients: readonly number[]) => boolean;
  /** The content as text, for when the server will not take it. */
  text: () => string;
}

export interface Shell {
  session: Session;
  commands: Commands;
  /** Where parts of the page put their buttons, left of the theme switch. */
  tools: HTMLElement;
  /** Whether this person may change the body now. */
  editable: () => boolean;
  /** Everything that needs the body to exist: call once it does. */
  start: () => void;
}

declare global {
  interface Window {
    /** For tests and for looking into a running page. */
    weft?: { session: Session; doc: Session['doc']; commands: Commands; editor?: Editor; history?: unknown };
  }
}

/** Opens the document this page's address names. */
export function openShell(options: ShellOptions): Shell {
  const name = documentName(location.pathname);
  const session = new Session({ url: syncUrl(), name, token: async (refresh) => (refresh ? freshToken(name) : pageToken()) });
  const commands = new Commands();
  window.weft = { session, doc: session.doc, commands };
  let allow = (): void => undefined;
  const gate = new KindGate(session, options.kind, () => allow());
  const editable = () => gate.isOpen && mayEdit(session);
  return {
    session,
    commands,
    tools: byId('tools'),
    editable,
    start: () => (allow = startShell(session, commands, { ...options, gate, editable })),
  };
}

interface StartOptions extends ShellOptions {
  gate: KindGate;
  editable: () => boolean;
}

/** Returns what looks again at what is allowed. */
function startShell(session: Session, commands: Commands, { kind, allowed, leaveTitle, locate, text, gate, editable: mayEditHere }: StartOptions): () => void {
  const field = byId<HTMLTextAreaElement>('title');
  const publisher = new TitlePublisher(session);
  new TitleField({ field, session, leave: leaveTitle, edited: () => publisher.edited() });
  bindThemeSwitch(byId('theme-switch'));
  mountChat({ session, commands, tools: byId('tools') });
  mountShare(session, commands, byId('tools'));
  bindPalette(commands, byId('commands'));
  showPresence({ session, commands, root: byId('presence'), locate });
  new StatusView(session, text);

  const allow = () => {
    gate.look();
    const [editable, isShown] = [mayEditHere(), session.state.loaded && gate.isOpen];
    if (isShown && document.body.dataset.loaded !== 'true') performance.mark('weft-loaded');
    document.body.dataset.loaded = String(isShown);
    document.body.dataset.readonly = String(session.state.readonly);
    document.body.dataset.denied = String(session.state.net === 'denied');
    field.readOnly = !editable;
    if (editable) welcome(field);
    // Of another page's document nothing is built here.
    if (isShown || !session.state.loaded) allowed(editable);
  };
  session.subscribe(allow);
  allow();
  addEventListener('focus', () => void returnSignedIn(session));
  adoptListedTitle(session, field);
  publishKind(session, kind);
  // Nobody waits for it.
  void import('./keep-copy').then(({ keepCopy }) => keepCopy(session, kind), () => undefined);
  keepPages();
  return allow;
}

/** Back from signing in somewhere else: there may be a token now. */
async function returnSignedIn(session: Session): Promise<void> {
  if (session.state.code !== SESSION_EXPIRED) return;
  if ((await signIn()).tokenUrl) void session.renew();
}

function documentName(path: string): string {
  const encoded = path.slice('/d/'.length);
  try {
    return decodeURIComponent(encoded);
  } catch {
    return encoded;
  }
}

/** Text typed before anything is loaded would end up in front of the document; an expired session keeps its local edits. */
function mayEdit({ state }: Session): boolean {
  const shut = state.net === 'denied' && state.code !== SESSION_EXPIRED;
  return state.loaded && !state.readonly && !shut;
}

/** A document that was just created waits for its title, once it can be written. */
function welcome(field: HTMLTextAreaElement): void {
  const query = new URLSearchParams(location.search);
  if (!query.has('new')) return;
  if (document.activeElement === document.body) field.focus();
  // The address gets passed on; for the others the document is not new.
  query.delete('new');
  history.replaceState(null, '', `${location.pathname}${query.size ? `?${query}` : ''}`);
}
