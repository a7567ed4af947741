/** Draws the messages and keeps the place of whoever is reading older ones. What did not change is not drawn again: it would be read out again. */
import { el, icon } from '../page/dom';
import { avatar } from '../presence/avatars';
import type { Person } from '../presence/person';
import { relativeTime } from '../time/relative';
import { pieces } from './links';
import type { Message } from './messages';
import { dayName, type Row } from './rows';

const BIN = ['M4 6h12M8.5 6V4.2h3V6M5.8 6l.6 9.3a1 1 0 0 0 1 .9h5.2a1 1 0 0 0 1-.9L14.2 6M8.6 9v4.4M11.4 9v4.4'];
/** This near to the end one is reading the end. */
const NEAR_END_PX = 48;

export interface ListActions {
  remove: (message: Message) => void;
  older: () => void;
}

export interface ShowOptions {
  self: Person;
  more: boolean;
  /** One's own messages may be deleted now. */
  deletable: boolean;
}

export class MessageList {
  readonly root: HTMLElement;
  readonly #log = el('ol', { class: 'chat-log' });
  readonly #older: HTMLButtonElement;
  readonly #jump: HTMLButtonElement;
  readonly #none = el('p', { class: 'chat-none' }, 'No messages yet. Everybody who has this document open can read what you write here.');
  readonly #scroller: HTMLElement;
  readonly #actions: ListActions;
  #drawn = new Map<unknown, { element: HTMLLIElement; key: string }>();

  constructor(actions: ListActions) {
    this.#actions = actions;
    this.#older = el('button', { type: 'button', class: 'button small chat-older', hidden: true, onclick: () => actions.older() }, 'Show older messages');
    this.#jump = el('button', { type: 'button', class: 'button small chat-jump', hidden: true, onclick: () => this.toEnd() }, 'New messages ↓');
    this.#scroller = el('div', { class: 'chat-scroll', tabindex: 0, role: 'region', 'aria-label': 'Conversation' }, this.#older, this.#none,
      el('div', { role: 'log', 'aria-label': 'Messages', 'aria-live': 'polite' }, this.#log),
    );
    this.#scroller.addEventListener('scroll', () => this.#atEnd() && (this.#jump.hidden = true), { passive: true });
    this.root = el('div', { class: 'chat-messages' }, this.#scroller, this.#jump);
  }

  show(rows: Row[], options: ShowOptions): void {
    const atEnd = this.#atEnd();
    const count = this.#log.childElementCount;
    const drawn = new Map<unknown, { element: HTMLLIElement; key: string }>();
    const elements = rows.map((row) => {
      const identity = row.is === 'message' ? row.message.map : `${row.is} ${row.key}`;
      const key = keyOf(row, options);
      const known = this.#drawn.get(identity);
      const entry = known?.key === key ? known : { element: this.#draw(row, options), key };
      drawn.set(identity, entry);
      return entry.element;
    });
    this.#drawn = drawn;
    arrange(this.#log, elements);
    this.#older.hidden = !options.more;
    this.#none.hidden = rows.length > 0;
    if (atEnd) this.toEnd();
    else if (this.#log.childElementCount > count) this.#jump.hidden = false;
  }

  toEnd(): void {
    this.#scroller.scrollTop = this.#scroller.scrollHeight;
    this.#jump.hidden = true;
  }

  /** Older messages come in above without moving those that are being read. */
  keepPlace(change: () => void): void {
    const fromEnd = this.#scroller.scrollHeight - this.#scroller.scrollTop;
    change();
    this.#scroller.scrollTop = this.#scroller.scrollHeight - fromEnd;
    this.#jump.hidden = true;
    if (this.#older.hidden) this.#scroller.focus();
  }

  refreshTimes(): void {
    const now = new Date();
    for (const time of this.#log.querySelectorAll('time')) {
      const words = relativeTime(time.dateTime, now);
      if (time.textContent !== words) time.textContent = words;
    }
  }

  #atEnd(): boolean {
    const { scrollHeight, scrollTop, clientHeight } = this.#scroller;
    return scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
  }

  #draw(row: Row, { self, deletable }: ShowOptions): HTMLLIElement {
    if (row.is === 'day') return el('li', { class: 'chat-line' }, dayName(row.at, Date.now()));
    if (row.is === 'new') return el('li', { class: 'chat-line chat-new' }, 'New');
    const { message, first } = row;
    const own = message.from.id === self.id;
    const bin = () => el('button', { type: 'button', class: 'icon-button chat-delete', 'aria-label': 'Delete this message', title: 'Delete', onclick: () => this.#actions.remove(message) }, icon(...BIN));
    const item = el('li', { class: 'chat-message', 'data-own': own, 'data-first': first },
      first ? this.#head(message, own) : el('span', { class: 'unseen' }, own ? 'You: ' : `${message.from.name}: `),
      el('div', { class: 'chat-row' }, el('p', { class: 'chat-bubble', dir: 'auto' }, ...words(message.text)), own && deletable ? bin() : null),
    );
    item.style.setProperty('--peer', message.from.color);
    return item;
  }

  #head({ from, at }: Message, own: boolean): HTMLElement {
    const moment = new Date(at);
    const time = el('time', { datetime: moment.toISOString(), title: moment.toLocaleString() }, relativeTime(moment, new Date()));
    return el('div', { class: 'chat-head' }, own ? null : avatar(from, true), el('span', { class: 'chat-name' }, own ? 'You' : from.name), time);
  }
}

/** What decides how a row looks; its time is kept fresh by itself. */
function keyOf(row: Row, { self, deletable }: ShowOptions): string {
  if (row.is === 'day') return dayName(row.at, Date.now());
  if (row.is === 'new') return 'new';
  const { first, message: { from, text } } = row;
  return JSON.stringify([first, from, text, from.id === self.id && deletable]);
}

/** Makes these the children, moving only what stands elsewhere. */
function arrange(parent: HTMLElement, elements: HTMLElement[]): void {
  const wanted = new Set<Element>(elements);
  for (const child of [...parent.children]) if (!wanted.has(child)) child.remove();
  elements.forEach((element, at) => {
    const there = parent.children[at] ?? null;
    if (there !== element) parent.insertBefore(element, there);
  });
}

function words(text: string): Node[] {
  return pieces(text).map(({ text: shown, href }) =>
    href ? el('a', { href, target: '_blank', rel: 'noopener noreferrer nofollow' }, shown) : document.createTextNode(shown),
  );
}
