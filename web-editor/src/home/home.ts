/** The home page: list, search, create, rename, delete. */
import { createDocument, deleteDocument, listDocuments, undeleteDocument, type DocumentInfo } from '../api/documents';
import { sentence } from '../api/problem';
import { byId } from '../page/dom';
import { toast } from '../page/toast';
import { DocumentsView, pageOf, titleText } from './documents-view';
import { askTitle } from './rename';

const SEARCH_QUIET_MS = 200;

export class Home {
  readonly #view = new DocumentsView({ rename: (info) => void this.#rename(info), remove: (info) => void this.#remove(info) });
  readonly #search = byId<HTMLInputElement>('search');
  readonly #create = byId<HTMLButtonElement>('create');
  #query = '';
  #next: string | null = null;
  /** More than the first page is shown. */
  #appended = false;
  #loading: AbortController | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  start(): void {
    this.#create.addEventListener('click', () => void this.create());
    this.#view.more.addEventListener('click', () => void this.#load(true));
    this.#search.addEventListener('input', () => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.#searchFor(this.#search.value.trim()), SEARCH_QUIET_MS);
    });
    document.addEventListener('keydown', (event) => this.#shortcut(event));
    // Coming back from a document, its title and time are out of date.
    addEventListener('pageshow', (event) => event.persisted && void this.#load(false));
    document.addEventListener('visibilitychange', () => this.#returned());
    this.#view.skeletons();
    void this.#load(false);
  }

  async create(): Promise<void> {
    if (this.#create.getAttribute('aria-busy') === 'true') return;
    this.#create.setAttribute('aria-busy', 'true');
    try {
      location.assign(`${pageOf(await createDocument())}?new`);
    } catch (error) {
      toast(sentence(error), { tone: 'error', ms: 0 });
    } finally {
      this.#create.removeAttribute('aria-busy');
    }
  }

  #searchFor(query: string): void {
    if (query === this.#query) return;
    this.#query = query;
    void this.#load(false);
  }

  async #load(append: boolean): Promise<void> {
    // A slow answer to an older question must not replace the newer one.
    this.#loading?.abort();
    const loading = new AbortController();
    this.#loading = loading;
    try {
      const page = await listDocuments(this.#query, append ? this.#next : null, loading.signal);
      if (loading.signal.aborted) return;
      this.#next = page.next;
      this.#appended = append;
      this.#view.show(page.documents, { append, hasMore: page.next !== null });
      this.#showEmpty();
    } catch (error) {
      if (loading.signal.aborted) return;
      this.#view.problem(sentence(error), () => void this.#load(append));
    }
  }

  #showEmpty(): void {
    this.#view.empty(this.#query, () => void this.create());
  }

  async #remove(info: DocumentInfo): Promise<void> {
    const row = this.#view.rowOf(info.name);
    const neighbour = (row?.nextElementSibling ?? row?.previousElementSibling)?.querySelector('a');
    try {
      await deleteDocument(info.name);
    } catch (error) {
      toast(sentence(error), { tone: 'error' });
      return;
    }
    row?.remove();
    this.#showEmpty();
    (neighbour ?? this.#create).focus();
    toast(`“${titleText(info)}” was deleted.`, { action: { label: 'Undo', run: () => void this.#restore(info) } });
  }

  async #restore(info: DocumentInfo): Promise<void> {
    try {
      await undeleteDocument(info.name);
      await this.#load(false);
      this.#view.rowOf(info.name)?.querySelector('a')?.focus();
    } catch (error) {
      toast(sentence(error), { tone: 'error', ms: 0, action: { label: 'Try again', run: () => void this.#restore(info) } });
    }
  }

  async #rename(info: DocumentInfo): Promise<void> {
    const title = await askTitle(info.title);
    if (title === null || title === info.title) return;
    try {
      const { renameDocument } = await import('./rename-document');
      await renameDocument(info, title);
    } catch (error) {
      toast(sentence(error), { tone: 'error' });
      return;
    }
    const row = this.#view.row({ ...info, title });
    this.#view.rowOf(info.name)?.replaceWith(row);
    row.querySelector('button')?.focus();
  }

  /** Looked at again after a while: shows what changed, unless that would pull the page away under somebody. */
  #returned(): void {
    const busy = this.#appended || this.#view.list.contains(document.activeElement) || document.querySelector('dialog[open]');
    if (document.visibilityState === 'visible' && !busy) void this.#load(false);
  }

  #shortcut(event: KeyboardEvent): void {
    const typing = event.target instanceof HTMLElement && event.target.matches('input, textarea, [contenteditable], dialog *');
    if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.key === 'c') void this.create();
    else if (event.key === '/') this.#search.focus();
    else return;
    event.preventDefault();
  }
}
