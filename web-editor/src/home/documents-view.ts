/** Draws the document list: rows, skeletons, the empty state and problems. */
import type { DocumentInfo } from '../api/documents';
import { byId, el, icon } from '../page/dom';
import { relativeTime } from '../time/relative';

export interface RowActions {
  rename: (info: DocumentInfo) => void;
  remove: (info: DocumentInfo) => void;
}

const PEN = ['m4 16 .8-3.4 8.7-8.7a1.6 1.6 0 0 1 2.3 0l.3.3a1.6 1.6 0 0 1 0 2.3l-8.7 8.7L4 16Z'];
const BIN = ['M4 6h12M8.5 6V4.2h3V6M5.8 6l.6 9.3a1 1 0 0 0 1 .9h5.2a1 1 0 0 0 1-.9L14.2 6M8.6 9v4.4M11.4 9v4.4'];
const SHEET = ['M5.5 3h6L15 6.500V16a1 1 0 0 1-1 1H5.500a1 1 0 0 1-1-1V4a1 1 0 0 1 1-1Z', 'M11.200 3v3.800H15M7.300 10.200h4.800M7.300 13.200h3.200'];
const BOARD = ['M4 4h12a1 1 0 0 1 1 1v8a1 1 0 0 1-1 1H4a1 1 0 0 1-1-1V5a1 1 0 0 1 1-1Z', 'M10 14v3M6 11c1.500-5 3 1 4.200-2 1-2.500 2 1.500 3.800-2'];

/** A name the server made up says nothing to anybody; one that somebody chose stands in for a missing title. */
const MADE_UP = /^[a-z0-9]{12}$/;

export function titleText(info: DocumentInfo): string {
  return info.title.trim() || (MADE_UP.test(info.name) ? 'Untitled' : info.name);
}

export function pageOf(info: DocumentInfo): string {
  return `/${info.kind === 'whiteboard' ? 'w' : 'd'}/${encodeURIComponent(info.name)}`;
}

export class DocumentsView {
  readonly list = byId('list');
  readonly more = byId<HTMLButtonElement>('more');
  readonly #empty = byId('empty');
  readonly #problem = byId('problem');
  readonly #actions: RowActions;

  constructor(actions: RowActions) {
    this.#actions = actions;
    // A list that stays open must not say "just now" for an hour.
    setInterval(() => this.#refreshTimes(), 60_000);
  }

  skeletons(): void {
    this.#empty.hidden = true;
    this.more.hidden = true;
    this.list.setAttribute('aria-busy', 'true');
    this.list.replaceChildren(...Array.from({ length: 5 }, () => el('li', { class: 'document ghost', 'aria-hidden': 'true' }, el('i'), el('i'))));
  }

  show(documents: DocumentInfo[], { append, hasMore }: { append: boolean; hasMore: boolean }): void {
    this.list.removeAttribute('aria-busy');
    this.clearProblem();
    const rows = documents.map((info) => this.row(info));
    if (append) this.list.append(...rows);
    else this.list.replaceChildren(...rows);
    this.more.hidden = !hasMore;
  }

  empty(query: string, create: () => void): void {
    const none = this.list.children.length === 0;
    this.#empty.hidden = !none;
    if (!none) return;
    const button = el('button', { type: 'button', class: 'button primary', onclick: create }, 'Write the first one');
    this.#empty.replaceChildren(
      ...(query
        ? [el('h2', {}, 'Nothing found'), el('p', {}, `No document matches “${query}”.`)]
        : [el('h2', {}, 'No documents yet'), el('p', {}, 'Everything you write here is shared live and saved as you type.'), button]),
    );
  }

  problem(text: string, retry: () => void): void {
    this.list.removeAttribute('aria-busy');
    for (const ghost of this.list.querySelectorAll('.ghost')) ghost.remove();
    this.#problem.hidden = false;
    this.#problem.replaceChildren(el('span', {}, text), el('button', { type: 'button', class: 'button small', onclick: retry }, 'Try again'));
  }

  clearProblem(): void {
    this.#problem.hidden = true;
    this.#problem.replaceChildren();
  }

  row(info: DocumentInfo): HTMLLIElement {
    const title = titleText(info);
    const item = el('li', { class: 'document', 'data-name': info.name });
    const when = { datetime: info.updated_at, title: new Date(info.updated_at).toLocaleString() };
    const time = el('time', when, relativeTime(info.updated_at, new Date()));
    const action = (verb: string, drawing: string[], onclick: () => void) =>
      el('button', { type: 'button', class: 'icon-button', 'aria-label': `${verb} ${title}`, title: verb, onclick }, icon(...drawing));
    item.append(
      el('a', { href: pageOf(info), class: 'document-link' },
        el('span', { class: 'document-icon' }, icon(...(info.kind === 'whiteboard' ? BOARD : SHEET))),
        el('span', { class: 'document-title' }, title),
        time,
      ),
      action('Rename', PEN, () => this.#actions.rename(info)),
      action('Delete', BIN, () => this.#actions.remove(info)),
    );
    return item;
  }

  rowOf(name: string): HTMLLIElement | null {
    return this.list.querySelector<HTMLLIElement>(`li[data-name="${CSS.escape(name)}"]`);
  }

  #refreshTimes(): void {
    const now = new Date();
    for (const time of this.list.querySelectorAll('time')) time.textContent = relativeTime(time.dateTime, now);
  }
}
