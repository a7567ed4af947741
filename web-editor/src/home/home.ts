/** The home page: what there is, what to do with it, and keeping it true. */
import { listDocuments, type DocumentInfo, type DocumentPage, type KindFilter } from '../api/documents';
import { Problem, sentence } from '../api/problem';
import { pageToken } from '../api/token';
import type { Commands } from '../page/commands';
import { byId, el } from '../page/dom';
import { toast } from '../page/toast';
import type { Card } from './card';
import { Creation } from './creation';
import { Deletion } from './deletion';
import { accessNeeded, firstSteps, nothingFound } from './empty';
import { BOARD, SHEET } from './icons';
import { keptList } from './kept-list';
import { openMenu } from './menu';
import { pageOf, titleText } from './naming';
import { Previews } from './previews';
import { Refresher } from './refresher';
import { askTitle } from './rename';
import { Shelf } from './shelf';
import { TEMPLATES, templatesOf } from './templates';

const SEARCH_QUIET_MS = 200;
/** The list does not change its order while a pointer was on it this lately. */
const POINTER_REST_MS = 4_000;

export class Home {
  readonly #shelf = new Shelf(byId('list'), new Previews(), {
    rename: (info) => void this.#rename(info),
    remove: (info) => void this.#deletion.remove(info),
    menu: (button, info) => this.#cardMenu(button, info),
  });
  readonly #deletion = new Deletion({ hide: (info) => this.#hide(info), bring: (info, focus) => this.#bring(info, focus) });
  readonly #creation = new Creation((busy) => document.body.toggleAttribute('data-creating', busy));
  readonly #refresher = new Refresher(() => this.#refresh(), () => this.#shelf.busy);
  readonly #search = byId<HTMLInputElement>('search');
  readonly #more = byId<HTMLButtonElement>('more');
  readonly #empty = byId('empty');
  readonly #problem = byId('problem');
  #query = '';
  #kind: KindFilter = '';
  #next: string | null = null;
  /** More than the first page is shown. */
  #appended = false;
  #loaded = false;
  /** In a row. */
  #failures = 0;
  #loading: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #pointerAt = -Infinity;

  start(): void {
    byId('create').addEventListener('click', () => this.#creation.blank('document'));
    byId('create-board').addEventListener('click', () => this.#creation.blank('whiteboard'));
    byId('create-more').addEventListener('click', () => this.#newMenu());
    this.#more.addEventListener('click', () => void this.#load(true));
    this.#search.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#ask({ query: this.#search.value.trim() }), SEARCH_QUIET_MS);
    });
    this.#search.addEventListener('keydown', (event) => this.#searchKey(event));
    byId('kinds').addEventListener('change', (event) => this.#ask({ kind: (event.target as HTMLInputElement).value as KindFilter }));
    this.#shelf.list.addEventListener('pointermove', () => (this.#pointerAt = performance.now()));
    document.addEventListener('keydown', (event) => this.#shortcut(event));
    // Coming back from a document, its title and time are out of date.
    addEventListener('pageshow', (event) => event.persisted && void this.#refresher.now());
    void this.#load(false);
  }

  /** What the palette offers here. */
  addCommands(commands: Commands): void {
    commands.add(
      { id: 'document.create', name: 'New document', group: 'Create', words: 'text write note', run: () => this.#creation.blank('document') },
      { id: 'board.create', name: 'New board', group: 'Create', words: 'whiteboard draw', run: () => this.#creation.blank('whiteboard') },
      { id: 'document.create-named', name: 'New document with a name…', group: 'Create', words: 'folder place', run: () => this.#creation.named('document') },
      { id: 'board.create-named', name: 'New board with a name…', group: 'Create', words: 'folder place whiteboard', run: () => this.#creation.named('whiteboard') },
      ...TEMPLATES.map((template) => ({
        id: `template.${template.id}`,
        name: `New: ${template.name}`,
        group: 'Create',
        words: `template ${template.about}`,
        run: () => this.#creation.from(template),
      })),
      { id: 'documents.search', name: 'Search documents', group: 'Documents', words: 'find', run: () => this.#search.focus() },
      { id: 'documents.all', name: 'Show documents and boards', group: 'Documents', words: 'filter all', run: () => this.#choose('') },
      { id: 'documents.documents', name: 'Show documents only', group: 'Documents', words: 'filter', run: () => this.#choose('document') },
      { id: 'documents.boards', name: 'Show boards only', group: 'Documents', words: 'filter whiteboards', run: () => this.#choose('whiteboard') },
    );
  }

  #choose(kind: KindFilter): void {
    const input = byId('kinds').querySelector<HTMLInputElement>(`input[value="${kind}"]`);
    if (input) input.checked = true;
    this.#ask({ kind });
  }

  #ask({ query = this.#query, kind = this.#kind }: { query?: string; kind?: KindFilter }): void {
    if (query === this.#query && kind === this.#kind) return;
    this.#query = query;
    this.#kind = kind;
    this.#shelf.list.setAttribute('aria-busy', 'true');
    void this.#load(false);
  }

  async #page(append: boolean): Promise<DocumentPage | null> {
    // A slow answer to an older question must not replace the newer one.
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    try {
      const page = await listDocuments({ query: this.#query, kind: this.#kind, cursor: append ? this.#next : null }, loading.signal);
      const documents = page.documents.filter((info) => !this.#deletion.isGone(info.name));
      return loading.signal.aborted ? null : { documents, next: page.next };
    } catch (error) {
      if (loading.signal.aborted) return null;
      throw error;
    }
  }

  async #load(append: boolean): Promise<void> {
    this.#refresher.postpone();
    try {
      const page = await this.#page(append);
      if (!page) return;
      this.#next = page.next;
      this.#appended = append;
      if (append) this.#shelf.append(page.documents, this.#query);
      else this.#shelf.show(page.documents, this.#query);
      this.#worked();
    } catch (error) {
      this.#failures += 1;
      this.#failed(error, () => void this.#load(append));
      this.#refresher.postpone();
    }
  }

  /** Brings the list up to date; under a pointer or the focus nothing moves away. */
  async #refresh(): Promise<boolean> {
    // Another question is on its way: its answer replaces the list, it does not mend it.
    if (!this.#loaded || this.#shelf.list.ariaBusy === 'true') return this.#load(false).then(() => this.#failures === 0);
    try {
      const page = await this.#page(false);
      if (!page) return true;
      if (this.#inUse()) this.#shelf.patch(page.documents, this.#query);
      else {
        this.#next = page.next;
        this.#shelf.show(page.documents, this.#query);
      }
      this.#worked();
      return true;
    } catch (error) {
      this.#failures += 1;
      // One lost answer is not worth a word while there is a list to show.
      if (this.#failures > 1 || isRefusal(error)) this.#failed(error, () => void this.#refresher.now());
      return false;
    }
  }

  #inUse(): boolean {
    const { list } = this.#shelf;
    const pointed = performance.now() - this.#pointerAt < POINTER_REST_MS;
    return this.#appended || pointed || list.contains(document.activeElement) || document.querySelector('dialog[open], .menu') !== null;
  }

  #worked(): void {
    this.#loaded = true;
    this.#failures = 0;
    this.#problem.hidden = true;
    this.#problem.replaceChildren();
    this.#more.hidden = this.#next === null;
    this.#showEmpty();
  }

  #failed(error: unknown, retry: () => void): void {
    if (isRefusal(error)) {
      this.#shelf.clear();
      this.#problem.hidden = true;
      this.#more.hidden = true;
      this.#fillEmpty(accessNeeded(pageToken() !== null));
      return;
    }
    if (!this.#loaded) void this.#showKept(retry);
    this.#shelf.list.removeAttribute('aria-busy');
    this.#say(this.#loaded ? `${sentence(error)} This is the list as it was.` : sentence(error), retry);
  }

  #say(text: string, retry: () => void): void {
    this.#problem.hidden = false;
    this.#problem.replaceChildren(el('span', {}, text), el('button', { type: 'button', class: 'button small', onclick: retry }, 'Try again'));
  }

  /** What this browser can open without the server. */
  async #showKept(retry: () => void): Promise<void> {
    const kept = await keptList(this.#query, this.#kind).catch(() => []);
    // The server may have answered meanwhile.
    if (this.#loaded || this.#problem.hidden) return;
    this.#more.hidden = true;
    this.#shelf.show(kept, this.#query);
    if (kept.length > 0) this.#say('The server cannot be reached. These documents are kept by this browser: they open here, and what you change in them is sent once the server is back.', retry);
  }

  #showEmpty(): void {
    const none = this.#shelf.size === 0;
    const narrowed = this.#query !== '' || this.#kind !== '';
    document.body.toggleAttribute('data-first', none && !narrowed);
    if (!none) this.#empty.hidden = true;
    else if (narrowed) this.#fillEmpty(nothingFound(this.#query, this.#kind, () => this.#widen()));
    else if (this.#empty.dataset.shows !== 'steps' || this.#empty.hidden) {
      this.#fillEmpty(firstSteps({ blank: (kind) => this.#creation.blank(kind), from: (template) => this.#creation.from(template) }));
      // What is there already stays: an answer must not take the focus from a template.
      this.#empty.dataset.shows = 'steps';
    }
  }

  #fillEmpty(nodes: Node[]): void {
    this.#empty.dataset.shows = '';
    this.#empty.hidden = false;
    this.#empty.replaceChildren(...nodes);
  }

  #widen(): void {
    const wasSearch = this.#query !== '';
    this.#search.value = '';
    if (wasSearch) this.#ask({ query: '' });
    else this.#choose('');
    this.#search.focus();
  }

  #newMenu(): void {
    const start = (kind: 'document' | 'whiteboard', label: string, hint: string, icon: string[]) => ({ label, hint, icon, run: () => this.#creation.blank(kind) });
    const named = (kind: 'document' | 'whiteboard', label: string, icon: string[]) => ({ label, icon, run: () => this.#creation.named(kind) });
    const from = (kind: 'document' | 'whiteboard', icon: string[]) => templatesOf(kind).map((template) => ({ label: template.name, icon, run: () => this.#creation.from(template) }));
    openMenu(byId('create-more'), 'New', [
      { items: [start('document', 'Blank document', 'C', SHEET), start('whiteboard', 'Blank board', 'B', BOARD)] },
      { title: 'With a name', items: [named('document', 'Document…', SHEET), named('whiteboard', 'Board…', BOARD)] },
      { title: 'From a template', items: [...from('document', SHEET), ...from('whiteboard', BOARD)] },
    ]);
  }

  #cardMenu(button: HTMLElement, info: DocumentInfo): void {
    openMenu(button, `Actions for ${titleText(info)}`, [
      {
        items: [
          { label: 'Open', run: () => location.assign(pageOf(info)) },
          { label: 'Copy link', run: () => void copyLink(info) },
          { label: 'Rename', hint: 'F2', run: () => void this.#rename(info) },
          { label: 'Delete', hint: 'Del', danger: true, run: () => void this.#deletion.remove(info) },
        ],
      },
    ]);
  }

  #hide(info: DocumentInfo): void {
    const held = this.#shelf.card(info.name)?.item.contains(document.activeElement) ?? false;
    const next: Card | undefined = this.#shelf.remove(info.name);
    this.#showEmpty();
    if (held || document.activeElement === document.body) (next?.link ?? byId('create')).focus();
  }

  #bring(info: DocumentInfo, focus: boolean): void {
    const card = this.#shelf.insert(info, this.#query);
    this.#showEmpty();
    if (focus) card.link.focus();
  }

  async #rename(info: DocumentInfo): Promise<void> {
    const title = await askTitle(info.title, info.kind === 'whiteboard' ? 'board' : 'document');
    this.#shelf.card(info.name)?.link.focus();
    if (title === null || title === info.title) return;
    // Shown at once, and taken back if it does not work.
    this.#shelf.patch([{ ...info, title }], this.#query);
    try {
      const { renameDocument } = await import('./rename-document');
      await renameDocument(info, title);
    } catch (error) {
      this.#shelf.patch([info], this.#query);
      toast(sentence(error), { tone: 'error' });
    }
  }

  #searchKey(event: KeyboardEvent): void {
    if (event.isComposing) return;
    if (event.key === 'ArrowDown') this.#shelf.focusFirst();
    else if (event.key === 'Escape' && this.#search.value === '') this.#search.blur();
    else return;
    event.preventDefault();
  }

  #shortcut(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLElement && event.target.matches('input:not([type=radio]), textarea, [contenteditable], dialog *, .menu *');
    if (typing || event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.key === 'c') this.#creation.blank('document');
    else if (event.key === 'b') this.#creation.blank('whiteboard');
    else if (event.key === '/') this.#search.focus();
    else return;
    event.preventDefault();
  }
}

function isRefusal(error: unknown): boolean {
  return error instanceof Problem && (error.status === 401 || error.status === 403);
}

async function copyLink(info: DocumentInfo): Promise<void> {
  const copied = await navigator.clipboard.writeText(location.origin + pageOf(info)).then(() => true, () => false);
  if (copied) toast('Link copied.');
  else toast('The browser did not allow copying.', { tone: 'error' });
}
