/** Share: one click copies a link; where access is by token, with the role and the time it is good for, and the links there are. */
import './share.css';
import { createLink, deleteLink, type LinkAccess, type ShareLink } from '../api/links';
import { Problem, sentence } from '../api/problem';
import { claimsOf } from '../api/claims';
import { pageToken } from '../api/token';
import { el } from '../page/dom';
import { toast } from '../page/toast';
import type { Session } from '../session/session';
import { LinkList } from './link-list';
import { linkTo, plainAddress } from './address';

const DAY_MS = 86_400_000;
const LIVES: [label: string, days: number][] = [['1 day', 1], ['1 week', 7], ['1 month', 30], ['1 year', 365]];

const ROLES: [value: LinkAccess, label: string, about: string][] = [
  ['write', 'Can edit', 'Writes and takes part in the chat'],
  ['comment', 'Can chat', 'Reads and takes part in the chat'],
  ['read', 'Can view', 'Reads, and shows a cursor'],
];

const NO_KEY = 409;

export function openShareDialog(session: Session): void {
  if (document.querySelector('dialog.share')) return;
  new ShareDialog(session).open();
}

class ShareDialog {
  readonly #session: Session;
  readonly #dialog = el('dialog', { class: 'dialog share', 'aria-labelledby': 'share-heading' });
  readonly #message = el('p', { class: 'share-message', role: 'status' });
  readonly #field = el('input', { id: 'share-link', type: 'text', readonly: true, 'aria-label': 'Link', onfocus: (event: FocusEvent) => (event.target as HTMLInputElement).select() });
  readonly #copy = el('button', { type: 'button', class: 'button primary', onclick: () => void this.#copyLink() }, 'Copy link');
  readonly #undo = el('button', { type: 'button', class: 'button small', hidden: true, onclick: () => void this.#takeBack() }, 'Take this link back');
  readonly #links: LinkList;
  readonly #life = el('select', { id: 'share-life', onchange: () => this.#changed() }, ...LIVES.map(([label, days]) => el('option', { value: days, selected: days === 30 }, label)));
  readonly #roles: HTMLElement;
  /** With a token the server signs links; without one the address itself is the link. */
  readonly #signed = pageToken() !== null;
  /** Who came by a link makes none. */
  readonly #isGuest = claimsOf(pageToken())?.isLink ?? false;
  #link: ShareLink | null = null;
  #access: LinkAccess;

  constructor(session: Session) {
    this.#session = session;
    const { readonly, mayComment } = session.state;
    this.#access = readonly ? (mayComment ? 'comment' : 'read') : 'write';
    this.#links = new LinkList(session.name, { say: (text, tone) => this.#say(text, tone), gone: (id) => this.#link?.id === id && this.#changed() });
    this.#roles = this.#roleChoice();
    this.#field.value = this.#signed ? '' : plainAddress();
  }

  open(): void {
    const before = document.activeElement;
    const close = () => this.#dialog.close();
    this.#dialog.append(
      el('h2', { id: 'share-heading' }, 'Share'),
      ...(this.#makes() ? this.#choices() : [el('p', { class: 'share-about' }, this.#about())]),
      el('div', { class: 'share-row' }, this.#field, this.#copy),
      this.#message,
      ...(this.#makes() ? [this.#links.root] : []),
      el('div', { class: 'dialog-actions' }, this.#undo, el('button', { type: 'button', class: 'button', onclick: close }, 'Done')),
    );
    if (!this.#makes()) this.#field.value = plainAddress();
    else void this.#links.load();
    this.#dialog.addEventListener('close', () => {
      this.#dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    });
    // A click beside the dialog closes it.
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && close());
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    this.#copy.focus();
  }

  #makes(): boolean {
    return this.#signed && !this.#isGuest && !this.#session.state.readonly;
  }

  #about(): string {
    if (!this.#signed) return OPEN;
    return this.#isGuest ? GUESTS : READERS;
  }

  #choices(): HTMLElement[] {
    return [this.#roles, el('label', { for: 'share-life' }, 'The link is good for'), this.#life];
  }

  #roleChoice(): HTMLElement {
    const set = el('fieldset', { class: 'share-roles' }, el('legend', {}, 'Whoever has the link'));
    for (const [value, label, about] of ROLES) {
      const input = el('input', { type: 'radio', name: 'share-role', value, checked: value === this.#access, onchange: () => this.#choose(value) });
      set.append(el('label', { class: 'share-role' }, input, el('span', {}, el('b', {}, label), ' ', el('small', {}, about))));
    }
    return set;
  }

  #choose(access: LinkAccess): void {
    this.#access = access;
    this.#changed();
  }

  /** What was copied before stays good; what is shown belongs to the choice. */
  #changed(): void {
    this.#link = null;
    this.#field.value = '';
    this.#undo.hidden = true;
    this.#say('');
  }

  async #copyLink(): Promise<void> {
    if (this.#copy.getAttribute('aria-busy') === 'true') return;
    this.#copy.setAttribute('aria-busy', 'true');
    try {
      this.#field.value ||= await this.#make();
      await navigator.clipboard.writeText(this.#field.value).then(
        () => this.#say('The link was copied.'),
        () => this.#selectInstead(),
      );
    } catch (error) {
      if (error instanceof Problem && error.status === NO_KEY) this.#offerAddress(error);
      else this.#say(sentence(error), 'error');
    } finally {
      this.#copy.removeAttribute('aria-busy');
    }
  }

  async #make(): Promise<string> {
    // A link to what is not stored yet would open something else than what is seen here.
    await this.#session.saved({ signal: AbortSignal.timeout(5_000) }).catch(() => undefined);
    const days = Number(this.#life.value);
    this.#link = await createLink(this.#session.name, this.#access, new Date(Date.now() + days * DAY_MS));
    this.#undo.hidden = false;
    void this.#links.load();
    return linkTo(this.#link.token);
  }

  async #takeBack(): Promise<void> {
    if (!this.#link) return;
    try {
      await deleteLink(this.#session.name, this.#link.id);
      this.#changed();
      void this.#links.load();
      this.#say('The link opens nothing any more.');
      this.#copy.focus();
    } catch (error) {
      this.#say(sentence(error), 'error');
    }
  }

  #offerAddress(problem: Problem): void {
    this.#field.value = plainAddress();
    this.#say(`${problem.message}. Below is the address without access, for those who have a token.`, 'error');
  }

  #selectInstead(): void {
    this.#field.select();
    this.#say('The browser did not allow copying: copy the selected link yourself.', 'error');
    toast('Copy the selected link yourself.', { tone: 'error' });
  }

  #say(text: string, tone: 'plain' | 'error' = 'plain'): void {
    this.#message.textContent = text;
    this.#message.dataset.tone = tone;
  }
}

const OPEN = 'This server is open: whoever can reach it and has the link can edit.';
const GUESTS = 'You came by a link. Pass that link on, or ask whoever gave it to you for another: the address below opens for those who have access of their own.';
const READERS = 'You can view only, so the link is the address alone: others need access of their own.';

