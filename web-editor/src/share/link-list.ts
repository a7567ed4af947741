/** The links to a document that are good now: each can be copied again and taken back. */
import { deleteLink, listLinks, type LinkAccess, type ListedLink } from '../api/links';
import { sentence } from '../api/problem';
import { el } from '../page/dom';
import { linkTo } from './address';

export interface LinkListOptions {
  say: (text: string, tone?: 'plain' | 'error') => void;
  /** A link was taken back. */
  gone: (id: string) => void;
}

const WORDS: Record<LinkAccess, string> = { write: 'Can edit', comment: 'Can chat', read: 'Can view' };

export class LinkList {
  readonly #list = el('ul', { class: 'share-links', 'aria-labelledby': 'share-links-heading' });
  readonly root = el('section', { class: 'share-made', hidden: true }, el('h3', { id: 'share-links-heading' }, 'Links to this document'), this.#list);
  readonly #document: string;
  readonly #options: LinkListOptions;

  constructor(document: string, options: LinkListOptions) {
    this.#document = document;
    this.#options = options;
  }

  async load(): Promise<void> {
    try {
      this.#show(await listLinks(this.#document));
    } catch {
      // Making a link works without it, and says itself what is wrong.
      this.root.hidden = true;
    }
  }

  #show(links: ListedLink[]): void {
    this.root.hidden = links.length === 0;
    this.#list.replaceChildren(...links.map((link) => this.#row(link)));
  }

  #row(link: ListedLink): HTMLElement {
    const about = [link.madeBy && `by ${link.madeBy}`, `until ${day(link.expires)}`].filter(Boolean).join(', ');
    const name = `${WORDS[link.access]}, ${about}`;
    const button = (label: string, run: () => void) => el('button', { type: 'button', class: 'button small', 'aria-label': `${label}: ${name}`, onclick: run }, label);
    return el('li', { 'data-link': link.id },
      el('span', {}, el('b', {}, WORDS[link.access]), ' ', el('small', {}, about)),
      link.token ? button('Copy', () => void this.#copy(link)) : null,
      button('Take back', () => void this.#takeBack(link)),
    );
  }

  async #copy(link: ListedLink): Promise<void> {
    await navigator.clipboard.writeText(linkTo(link.token)).then(
      () => this.#options.say('The link was copied.'),
      () => this.#options.say('The browser did not allow copying.', 'error'),
    );
  }

  async #takeBack({ id }: ListedLink): Promise<void> {
    try {
      await deleteLink(this.#document, id);
      this.#options.gone(id);
      this.#options.say('The link opens nothing any more.');
    } catch (error) {
      return this.#options.say(sentence(error), 'error');
    }
    await this.load();
    // The button that was pressed is gone with its row.
    if (document.activeElement === document.body) (this.#list.querySelector('button') ?? this.root.closest('dialog')?.querySelector<HTMLElement>('.dialog-actions button:last-child'))?.focus();
  }
}

function day(moment: string): string {
  const date = new Date(moment);
  const year = date.getFullYear() === new Date().getFullYear() ? undefined : 'numeric';
  return date.toLocaleDateString(undefined, { day: 'numeric', month: 'short', year });
}
