/** What stands around the past: that it is the past, and the ways out of it. */
import { el, icon } from '../page/dom';
import { attachPopover } from '../page/popover';

export interface FrameOptions {
  /** What a person calls it. */
  kind: 'document' | 'board';
  close: () => void;
  retry: () => void;
  restore: () => void;
  copy: () => void;
  link: () => void;
  name: () => void;
}

export interface Shown {
  /** Empty for the time before the first edit. */
  when: string;
  /** Of the version, if it has one. */
  name: string;
  latest: boolean;
  editable: boolean;
}

const DOTS = ['M4.5 10h.01M10 10h.01M15.5 10h.01'];
const CLOCK = ['M10 3.500a6.500 6.500 0 1 0 0 13 6.500 6.500 0 0 0 0-13Z', 'M10 6.500V10l2.500 1.500'];
const LIST = ['M4 5.500h12M4 10h12M4 14.500h12'];

export class Frame {
  readonly root: HTMLElement;
  readonly stage = el('div', { class: 'history-stage' });
  readonly #options: FrameOptions;
  readonly #words = el('strong', {}, 'Viewing the past');
  readonly #called = el('span', { class: 'history-called', dir: 'auto' }, '');
  readonly #note = el('span', { class: 'history-note' }, '');
  readonly #toggle: HTMLButtonElement;
  readonly #restore: HTMLButtonElement;
  readonly #more: HTMLElement[];
  readonly #name: HTMLButtonElement;
  readonly #state = el('div', { class: 'history-state', role: 'status' });
  readonly #foot = el('div', { class: 'history-foot' });
  readonly #returnTo = document.activeElement;
  readonly #behind: HTMLElement[];

  constructor(options: FrameOptions) {
    this.#options = options;
    this.#restore = el('button', { type: 'button', class: 'button primary small history-restore', hidden: true, onclick: options.restore }, 'Restore');
    this.#name = menuButton('Name this version…');
    this.#more = this.#menu();
    this.#toggle = el('button', { type: 'button', class: 'icon-button history-toggle', 'aria-label': 'Versions', title: 'Versions', 'aria-expanded': 'false', onclick: () => this.#showList(this.root.dataset.list !== 'open') }, icon(...LIST));
    const back = el('button', { type: 'button', class: 'button small history-back', onclick: options.close }, 'Back to now', el('kbd', {}, 'Esc'));
    const head = el('div', { class: 'history-head' },
      icon(...CLOCK),
      el('p', { class: 'history-words' }, this.#words, this.#called, this.#note),
      this.#restore,
      ...this.#more,
      this.#toggle,
      back,
    );
    this.root = el('section', { class: 'history', role: 'dialog', 'aria-label': 'Viewing the past', tabindex: -1 }, head, this.stage, this.#state, this.#foot);
    this.root.addEventListener('keydown', (event) => event.stopPropagation());
    // What goes on behind goes on, but nobody gets there by accident.
    this.#behind = [...document.body.children].filter((child): child is HTMLElement => child instanceof HTMLElement && !child.matches('.toasts, script, dialog') && !child.inert);
    for (const element of this.#behind) element.inert = true;
    document.body.append(this.root);
    document.body.dataset.history = 'open';
    this.root.focus({ preventScroll: true });
  }

  loading(): void {
    const bar = el('progress', { max: 1, 'aria-label': 'Loading the history' });
    this.#state.replaceChildren(el('p', {}, 'Loading the history…'), bar);
    this.#state.hidden = false;
  }

  progress(share: number): void {
    const bar = this.#state.querySelector('progress');
    if (bar) bar.value = Math.min(1, Math.max(0, share));
  }

  failed(why: string): void {
    this.#state.replaceChildren(el('p', {}, why), el('button', { type: 'button', class: 'button', onclick: this.#options.retry }, 'Try again'));
    this.#state.hidden = false;
  }

  /** There is no past. */
  empty(): void {
    this.#words.textContent = 'History';
    this.#state.replaceChildren(el('p', {}, 'Nothing has been written here yet, so there is no past to show.'));
    this.#state.hidden = false;
  }

  mount(timeline: HTMLElement, controls: HTMLElement, list: HTMLElement): void {
    this.#state.hidden = true;
    this.#foot.replaceChildren(timeline, controls);
    this.root.querySelector('.history-list')?.remove();
    this.root.append(list);
  }

  show({ when, name, latest, editable }: Shown): void {
    const past = when ? `Version from ${when}` : 'Before the first edit';
    this.#words.textContent = latest ? 'The latest version' : past;
    this.#called.textContent = name && `“${name}”`;
    this.#called.title = name;
    this.#note.textContent = `${name && ' · '}${latest ? when : 'Viewing the past'}`;
    this.root.dataset.latest = String(latest);
    this.#restore.hidden = latest || !editable;
    this.#name.hidden = !when || !editable;
    this.#name.textContent = name ? 'Rename this version…' : 'Name this version…';
  }

  busy(busy: boolean): void {
    this.root.toggleAttribute('aria-busy', busy);
    this.#restore.disabled = busy;
  }

  close(): void {
    this.root.remove();
    delete document.body.dataset.history;
    for (const element of this.#behind) element.inert = false;
    const { activeElement } = document;
    if (activeElement && activeElement !== document.body) return;
    if (this.#returnTo instanceof HTMLElement && this.#returnTo.isConnected) this.#returnTo.focus();
  }

  #menu(): HTMLElement[] {
    const { copy, link, name, kind } = this.#options;
    const button = el('button', { type: 'button', class: 'icon-button', 'aria-label': 'More', title: 'More' }, icon(...DOTS));
    const menu = el('div', { class: 'popover history-menu' });
    const item = (chosen: HTMLButtonElement, run: () => void) => {
      chosen.addEventListener('click', () => {
        menu.hidePopover();
        run();
      });
      return chosen;
    };
    menu.append(item(this.#name, name), item(menuButton('Copy link to this moment'), link), item(menuButton(`Copy to a new ${kind}`), copy));
    attachPopover(button, menu, () => menu.querySelector<HTMLElement>('button:not([hidden])')?.focus());
    return [button, menu];
  }

  /** Where the list lies over what it leads to, it goes once something was chosen; returns whether it did. */
  chosen(): boolean {
    if (this.root.dataset.list !== 'open' || this.#toggle.offsetParent === null) return false;
    this.#showList(false);
    return true;
  }

  #showList(shown: boolean): void {
    this.root.dataset.list = shown ? 'open' : 'shut';
    this.#toggle.setAttribute('aria-expanded', String(shown));
  }
}

const menuButton = (label: string): HTMLButtonElement => el('button', { type: 'button', class: 'history-item' }, label);
