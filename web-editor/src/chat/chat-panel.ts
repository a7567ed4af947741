/** The chat panel: messages, who is typing, and where to write. */
import './chat-panel.css';
import { el } from '../page/dom';
import { isPanelOpen, togglePanel, type PanelContent } from '../page/panel';
import { selfPerson } from '../presence/self';
import type { Session } from '../session/session';
import { Composer } from './composer';
import { MessageList } from './message-list';
import { chatOf, latest, post, remove, type Message } from './messages';
import { rowsOf } from './rows';
import { Senders } from './senders';
import { Typing, typingWords } from './typing';
import { WINDOW, type Unread } from './unread';

const ID = 'chat';
const MINUTE_MS = 60_000;

export interface ChatPanelOptions {
  session: Session;
  unread: Unread;
  /** Messages were shown to somebody. */
  seen: () => void;
}

export class ChatPanel {
  readonly #session: Session;
  readonly #options: ChatPanelOptions;
  readonly #typing: Typing;
  readonly #typists = el('p', { class: 'chat-typing', role: 'status' });
  readonly #list: MessageList;
  readonly #composer: Composer;
  readonly #senders: Senders;
  readonly #content: PanelContent;
  #shown = WINDOW;
  #firstNew: string | null = null;
  #frame = 0;
  #clock: ReturnType<typeof setInterval> | undefined;

  constructor(options: ChatPanelOptions) {
    this.#options = options;
    this.#session = options.session;
    const { awareness, doc } = options.session;
    this.#typing = new Typing(awareness);
    this.#senders = new Senders(options.session, () => this.#schedule());
    this.#list = new MessageList({ remove: (message) => this.#remove(message), older: () => this.#older() });
    this.#composer = new Composer({ send: (text) => this.#send(text), typed: () => this.#typing.typed(), rested: () => this.#typing.rested() });
    const body = el('div', { class: 'chat' }, this.#list.root, this.#typists, this.#composer.root);
    this.#content = { id: ID, title: 'Chat', body, focus: () => this.#composer.focusable(), opened: () => this.#opened(), closed: () => this.#closed() };
    chatOf(doc).observeDeep(() => this.#schedule());
    awareness.on('change', () => this.#showTypists());
    options.session.subscribe(() => this.#allow());
    document.addEventListener('visibilitychange', () => this.#schedule());
  }

  toggle(): void {
    togglePanel(this.#content);
  }

  #opened(): void {
    const { messages } = latest(chatOf(this.#session.doc), WINDOW);
    this.#shown = WINDOW;
    this.#firstNew = this.#options.unread.among(messages, selfPerson().id)[0]?.id ?? null;
    this.#allow();
    this.#render();
    this.#showTypists();
    this.#list.toEnd();
    this.#clock = setInterval(() => this.#list.refreshTimes(), MINUTE_MS);
  }

  #closed(): void {
    clearInterval(this.#clock);
    this.#typing.rested();
  }

  #schedule(): void {
    // The frame never comes while the tab is hidden; on return it does.
    if (isPanelOpen(ID)) this.#frame ||= requestAnimationFrame(() => this.#render());
  }

  #render(): void {
    this.#frame = 0;
    if (!isPanelOpen(ID)) return;
    const { messages: said, more } = latest(chatOf(this.#session.doc), this.#shown);
    const messages = said.map((message) => this.#senders.signed(message));
    const self = selfPerson();
    this.#list.show(rowsOf(messages, Date.now(), this.#firstNew), { self, more, deletable: this.#mayWrite() });
    if (document.hidden) return;
    this.#options.unread.see(messages);
    this.#options.seen();
  }

  #older(): void {
    this.#shown += WINDOW;
    this.#list.keepPlace(() => this.#render());
  }

  #send(text: string): boolean {
    if (!this.#mayWrite()) return false;
    this.#typing.rested();
    this.#firstNew = null;
    const said = post(chatOf(this.#session.doc), selfPerson(), text, Date.now());
    this.#render();
    this.#list.toEnd();
    return said;
  }

  #remove(message: Message): void {
    if (this.#mayWrite()) remove(chatOf(this.#session.doc), message, selfPerson());
    this.#composer.focusable()?.focus();
  }

  #mayWrite(): boolean {
    const { state } = this.#session;
    return state.loaded && state.mayComment && state.net !== 'denied';
  }

  #allow(): void {
    const { state } = this.#session;
    this.#composer.allow(this.#mayWrite(), reason(state));
    this.#schedule();
  }

  #showTypists(): void {
    if (!isPanelOpen(ID)) return;
    const words = typingWords(this.#session.awareness.getStates(), selfPerson().id);
    if (this.#typists.textContent !== words) this.#typists.textContent = words;
  }
}

function reason({ net, code, loaded }: Session['state']): string {
  if (net === 'denied') return REASONS[code ?? 0] ?? 'This chat cannot be written in now.';
  return loaded ? 'You may read this chat but not write in it.' : 'Loading…';
}

const REASONS: Record<number, string> = {
  4401: 'You have no access to this document now.',
  4403: 'You have no access to this document now.',
  4404: 'This document does not exist or was deleted.',
};
