/** One document in the list: picture, title, who is in it, when it changed, and a menu. Updated in place. */
import type { DocumentInfo } from '../api/documents';
import { el, icon } from '../page/dom';
import { avatar } from '../presence/avatars';
import { relativeTime } from '../time/relative';
import { DOTS, kindIcon } from './icons';
import { KIND_SEEN } from './previews';
import { highlight, otherName, pageOf, titleText } from './naming';

const FACES_MAX = 3;

export interface CardActions {
  rename: (info: DocumentInfo) => void;
  remove: (info: DocumentInfo) => void;
  menu: (button: HTMLElement, info: DocumentInfo) => void;
}

export class Card {
  readonly item = el('li', { class: 'card' });
  readonly link: HTMLAnchorElement;
  readonly frame: HTMLElement;
  info: DocumentInfo;
  readonly #title = el('span', { class: 'card-title', dir: 'auto' });
  readonly #name = el('span', { class: 'card-name', dir: 'auto' });
  readonly #time = el('time');
  readonly #faces = el('span', { class: 'faces' });
  readonly #kind = el('span', { class: 'card-kind' });
  readonly #blank = el('span', { class: 'card-blank' });
  readonly #menu: HTMLButtonElement;
  #drawn = '';

  constructor(info: DocumentInfo, query: string, actions: CardActions) {
    this.info = info;
    this.item.dataset.name = info.name;
    this.frame = el('span', { class: 'card-picture', 'data-state': 'waiting', 'data-name': info.name });
    this.link = el('a', { class: 'card-link', 'aria-keyshortcuts': 'F2 Delete' },
      el('span', { class: 'card-preview', 'aria-hidden': 'true' }, this.frame, this.#blank),
      el('span', { class: 'card-text' },
        this.#kind,
        el('span', { class: 'card-names' }, this.#title, this.#name),
        this.#faces,
        this.#time,
      ),
    );
    this.#menu = el('button', { type: 'button', class: 'icon-button card-menu', 'aria-haspopup': 'menu', 'aria-expanded': 'false', onclick: () => actions.menu(this.#menu, this.info) }, icon(...DOTS));
    this.item.append(this.link, this.#menu);
    this.item.addEventListener('keydown', (event) => {
      if (event.key === 'F2') actions.rename(this.info);
      else if (event.key === 'Delete') actions.remove(this.info);
      else return;
      event.preventDefault();
    });
    // What was made outside these pages has no kind until somebody looks at its content.
    this.frame.addEventListener(KIND_SEEN, (event) => {
      const kind = (event as CustomEvent<string>).detail;
      if (this.info.kind === 'any') this.#showKind({ ...this.info, kind });
    });
    this.item.addEventListener('contextmenu', (event) => {
      // The browser's own menu stays within reach, and is the one that opens links in new tabs.
      if (event.shiftKey || event.button < 0) return;
      event.preventDefault();
      actions.menu(this.#menu, this.info);
    });
    this.update(info, query);
  }

  get menuButton(): HTMLButtonElement {
    return this.#menu;
  }

  /** Shows what changed, and touches nothing else. */
  update(info: DocumentInfo, query: string): void {
    this.info = info;
    // A list from before the look knows less.
    if (info.kind !== 'any' || !this.link.href) this.#showKind(info);
    const key = JSON.stringify([query, info.title, info.present, info.present_count]);
    if (key !== this.#drawn) {
      this.#drawn = key;
      const title = titleText(info);
      this.#title.replaceChildren(...marked(title, query));
      this.#title.title = title;
      const name = query ? otherName(info) : '';
      this.#name.hidden = !name;
      this.#name.replaceChildren(...marked(name, query));
      this.#menu.setAttribute('aria-label', `Actions for ${title}`);
      this.#showFaces(info);
    }
    this.refreshTime(new Date());
  }

  #showKind(info: DocumentInfo): void {
    if (this.frame.dataset.kind === info.kind) return;
    this.frame.dataset.kind = info.kind;
    this.link.href = pageOf(info);
    this.#blank.replaceChildren(icon(...kindIcon(info.kind)));
    this.#kind.replaceChildren(icon(...kindIcon(info.kind)), el('span', { class: 'unseen' }, info.kind === 'whiteboard' ? 'Board: ' : ''));
  }

  refreshTime(now: Date): void {
    const { updated_at: at } = this.info;
    const words = relativeTime(at, now);
    if (this.#time.textContent === words && this.#time.dateTime === at) return;
    this.#time.dateTime = at;
    this.#time.title = new Date(at).toLocaleString();
    this.#time.textContent = words;
  }

  #showFaces({ present, present_count: count }: DocumentInfo): void {
    const shown = present.slice(0, FACES_MAX);
    const rest = count - shown.length;
    const names = [...shown.map((person) => person.name), ...(rest > 0 ? [`${rest} more`] : [])];
    this.#faces.hidden = count === 0;
    this.#faces.title = names.join(', ');
    this.#faces.replaceChildren(
      ...shown.map((person) => avatar(person, true)),
      ...(rest > 0 ? [el('span', { class: 'avatar avatar-more', 'aria-hidden': 'true' }, `+${Math.min(rest, 99)}`)] : []),
      el('span', { class: 'unseen' }, `, here now: ${names.join(', ')}, `),
    );
  }
}

function marked(text: string, query: string): Node[] {
  return highlight(text, query).map((part) => (part.found ? el('mark', {}, part.text) : document.createTextNode(part.text)));
}
