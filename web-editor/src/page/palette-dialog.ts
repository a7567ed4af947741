/** The palette: a search field over a list of commands, and of documents that match. */
import './palette.css';
import { listDocuments } from '../api/documents';
import type { Command, Commands } from './commands';
import { el } from './dom';
import { ariaKeys, shownKeys } from './keys';
import { find } from './search';

const DOCUMENTS_MAX = 6;
const SEARCH_QUIET_MS = 150;

export function openPalette(commands: Commands): void {
  if (document.querySelector('dialog.palette')) return;
  new Palette(commands).open();
}

class Palette {
  readonly #commands: Commands;
  readonly #input = el('input', {
    type: 'text', class: 'palette-input', dir: 'auto', placeholder: 'Type a command or the name of a document', autocomplete: 'off', spellcheck: 'false',
    role: 'combobox', 'aria-label': 'Search commands and documents', 'aria-expanded': 'true', 'aria-controls': 'palette-list', 'aria-autocomplete': 'list',
  });
  readonly #list = el('div', { id: 'palette-list', class: 'palette-list', role: 'listbox', 'aria-label': 'Commands and documents' });
  readonly #count = el('div', { class: 'unseen', role: 'status' });
  readonly #dialog = el('dialog', { class: 'dialog palette', 'aria-label': 'Commands' }, this.#input, this.#list, this.#count);
  #shown: Command[] = [];
  #documents: Command[] = [];
  /** What the documents were found for. */
  #foundFor = '';
  #at = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #search: AbortController | null = null;

  constructor(commands: Commands) {
    this.#commands = commands;
    this.#input.addEventListener('input', () => this.#typed());
    this.#input.addEventListener('keydown', (event) => this.#key(event));
  }

  open(): void {
    const before = document.activeElement;
    this.#dialog.addEventListener('close', () => {
      clearTimeout(this.#timer);
      this.#search?.abort();
      this.#dialog.remove();
      // A command may have moved the focus already.
      if (document.activeElement === document.body && before instanceof HTMLElement && before.isConnected) before.focus();
    });
    this.#dialog.addEventListener('click', (event) => event.target === this.#dialog && this.#dialog.close());
    document.body.append(this.#dialog);
    this.#dialog.showModal();
    this.#input.focus();
    this.#render();
    this.#findDocuments('');
  }

  #typed(): void {
    this.#at = 0;
    this.#render();
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#findDocuments(this.#input.value.trim()), SEARCH_QUIET_MS);
  }

  async #findDocuments(query: string): Promise<void> {
    this.#search?.abort();
    const search = new AbortController();
    this.#search = search;
    const page = await listDocuments({ query, kind: '', cursor: null }, search.signal).catch(() => null);
    if (!page || search.signal.aborted) return;
    this.#foundFor = query;
    this.#documents = page.documents.slice(0, DOCUMENTS_MAX).map((info) => {
      const href = `/${info.kind === 'whiteboard' ? 'w' : 'd'}/${encodeURIComponent(info.name)}`;
      return { id: `open:${info.name}`, name: info.title || info.name, group: 'Open', run: () => location.assign(href) };
    });
    this.#render();
  }

  #render(): void {
    const query = this.#input.value;
    const here = `open:${decodeURIComponent(location.pathname.slice(3))}`;
    const found = find(query, this.#commands.available());
    // Until the server has answered, only what fits of the last answer: Enter must not open something else.
    const fitting = this.#foundFor === query.trim() ? this.#documents : find(query, this.#documents);
    const documents = fitting.filter(({ id, name }) => id !== here && found.every((command) => command.name !== name));
    // Commands first while nothing is asked for; then whatever the server found follows what is known here.
    this.#shown = [...(query ? found : grouped(found)), ...documents];
    this.#at = Math.min(this.#at, Math.max(0, this.#shown.length - 1));
    let group = '';
    this.#list.replaceChildren(...this.#shown.flatMap((command, at) => {
      const option = this.#option(command, at);
      if (query || command.group === group) return [option];
      group = command.group;
      return [el('div', { class: 'palette-group', role: 'presentation' }, group), option];
    }));
    if (this.#shown.length === 0) this.#list.append(el('p', { class: 'palette-none' }, 'Nothing found'));
    this.#count.textContent = `${this.#shown.length} found`;
    this.#mark();
  }

  #option(command: Command, at: number): HTMLElement {
    const keys = command.keys;
    const option = el('div', { id: `palette-${at}`, class: 'palette-option', role: 'option', 'aria-keyshortcuts': keys && ariaKeys(keys) },
      el('span', { class: 'palette-name', dir: 'auto' }, command.name),
      this.#input.value ? el('span', { class: 'palette-hint' }, command.group) : null,
      keys ? el('kbd', {}, shownKeys(keys)) : null,
    );
    option.addEventListener('pointermove', () => at !== this.#at && this.#go(at));
    option.addEventListener('click', () => this.#run(command));
    return option;
  }

  #mark(): void {
    const options = this.#list.querySelectorAll('[role="option"]');
    options.forEach((option, at) => option.setAttribute('aria-selected', String(at === this.#at)));
    const current = options[this.#at];
    if (!current) return this.#input.removeAttribute('aria-activedescendant');
    this.#input.setAttribute('aria-activedescendant', current.id);
  }

  #go(at: number): void {
    this.#at = at;
    this.#mark();
  }

  #key(event: KeyboardEvent): void {
    if (event.isComposing) return;
    const last = this.#shown.length - 1;
    const next = { ArrowDown: this.#at >= last ? 0 : this.#at + 1, ArrowUp: this.#at <= 0 ? last : this.#at - 1 }[event.key];
    if (next !== undefined && last >= 0) {
      this.#go(next);
      this.#list.querySelector('[aria-selected="true"]')?.scrollIntoView({ block: 'nearest' });
    } else if (event.key === 'Enter' && this.#shown[this.#at]) this.#run(this.#shown[this.#at]!);
    else return;
    event.preventDefault();
  }

  #run(command: Command): void {
    this.#dialog.close();
    command.run();
  }
}

/** Commands of a group stand together, groups in the order of their first command. */
function grouped(commands: Command[]): Command[] {
  const groups = [...new Set(commands.map(({ group }) => group))];
  return groups.flatMap((group) => commands.filter((command) => command.group === group));
}
