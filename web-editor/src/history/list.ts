/** Versions and sittings by day, newest first. */
import type { Version } from '../api/history';
import { el, icon } from '../page/dom';
import type { Film } from './film';
import type { Writers } from './people';
import type { Sitting } from './sessions';
import { clock, dayKey, dayWords, momentWords, peopleWords, readable } from './words';

export interface ListOptions {
  film: Film;
  writers: Writers;
  sittings: readonly Sitting[];
  /** May name versions. */
  editable: boolean;
  seek: (index: number) => void;
  /** Names what is shown, or gives it another name. */
  name: () => void;
  /** Names what there was at an index; by the version that shows it, if there is one. */
  nameAt: (index: number, version: Version | null) => void;
  rename: (version: Version) => void;
}

interface Entry {
  index: number;
  from: number;
  at: number;
  version: Version | null;
  sitting: Sitting | null;
}

const ENTRIES_MAX = 1_000;
const DOTS_MAX = 5;
const PENCIL = ['m4 16 .8-3.200L13 4.600l2.400 2.400-8.200 8.200L4 16Z'];

export class VersionList {
  readonly root: HTMLElement;
  readonly #options: ListOptions;
  readonly #days = el('div', { class: 'history-days' });
  readonly #name: HTMLButtonElement;
  readonly #only = el('button', { type: 'button', class: 'button small', 'aria-pressed': 'false', onclick: () => this.#toggle() }, 'Named only');
  #versions: readonly Version[] = [];
  #entries: { entry: Entry; button: HTMLElement }[] = [];
  #named = false;
  #at = 0;

  constructor(options: ListOptions) {
    this.#options = options;
    this.#name = el('button', { type: 'button', class: 'button small', title: 'F2', 'aria-keyshortcuts': 'F2', onclick: options.name }, '');
    this.root = el('aside', { class: 'history-list', 'aria-label': 'Versions' },
      el('div', { class: 'history-list-head' }, el('h2', {}, 'Versions'), this.#only, options.editable ? this.#name : null),
      this.#days,
    );
  }

  show(versions: readonly Version[]): void {
    this.#versions = versions;
    const { film, sittings } = this.#options;
    const made = versions.filter(({ kind }) => kind === 'named' || (kind === 'restore' && !this.#named));
    const entries: Entry[] = [
      ...made.map((version): Entry => ({ index: film.indexAt(version.at), from: film.indexAt(version.at), at: version.at, version, sitting: null })),
      ...(this.#named ? [] : sittings).map((sitting): Entry => ({ index: sitting.to, from: sitting.from + 1, at: sitting.end, version: null, sitting })),
    ];
    entries.sort((a, b) => b.at - a.at || Number(b.version !== null) - Number(a.version !== null));
    this.#entries = [];
    const days = new Map<number, HTMLElement>();
    const now = new Date();
    for (const entry of entries.slice(0, ENTRIES_MAX)) {
      const key = dayKey(entry.at);
      if (!days.has(key)) days.set(key, el('ul', { 'aria-label': dayWords(entry.at, now) }));
      days.get(key)!.append(this.#row(entry));
    }
    this.#days.replaceChildren(...[...days.values()].flatMap((list) => [el('h3', {}, list.getAttribute('aria-label')!), list]));
    if (days.size === 0) this.#days.append(el('p', { class: 'history-none' }, this.#named ? 'No version has a name yet.' : 'Nothing has been written yet.'));
    this.at(this.#at);
  }

  /** Marks what is shown. */
  at(index: number): void {
    this.#at = index;
    this.#name.textContent = this.#isNamed(index) ? 'Rename this version…' : 'Name this version…';
    this.#name.disabled = index === 0;
    const exact = this.#entries.find(({ entry }) => entry.index === index);
    const shown = exact ?? this.#entries.find(({ entry }) => entry.from <= index && index <= entry.index);
    for (const each of this.#entries) {
      if (each !== shown) each.button.removeAttribute('aria-current');
      else if (!each.button.hasAttribute('aria-current')) {
        each.button.setAttribute('aria-current', 'true');
        reveal(this.#days, each.button);
      }
    }
  }

  #row(entry: Entry): HTMLElement {
    const { version, sitting, index } = entry;
    const button = el('button', { type: 'button', class: 'history-entry', onclick: () => this.#options.seek(index) }, ...(version ? versionParts(version, this.#options.film.crowded(index)) : this.#sittingParts(sitting!)));
    this.#entries.push({ entry, button });
    const item = el('li', { 'data-kind': version?.kind ?? 'sitting' }, button);
    if (this.#options.editable) item.append(...this.#pencil(entry));
    return item;
  }

  /** None beside what has a name in the row above. */
  #pencil({ version, index, at }: Entry): HTMLElement[] {
    const { rename, nameAt } = this.#options;
    const pencil = (label: string, title: string, run: () => void) => [el('button', { type: 'button', class: 'icon-button', 'aria-label': label, title, onclick: run }, icon(...PENCIL))];
    if (version?.kind === 'named') return pencil(`Rename ${version.label}`, 'Rename', () => rename(version));
    if (index === 0 || this.#isNamed(index)) return [];
    return pencil(`Name the version from ${momentWords(at, new Date(), undefined, this.#options.film.crowded(index))}`, 'Name this version', () => nameAt(index, version));
  }

  #isNamed(index: number): boolean {
    return this.#versions.some(({ kind, at }) => kind === 'named' && this.#options.film.indexAt(at) === index);
  }

  #sittingParts({ start, end, from, to, writers: numbers }: Sitting): HTMLElement[] {
    const { writers } = this.#options;
    const known = numbers.filter((number) => number !== 0);
    const people = (known.length > 0 ? known : numbers).map((number) => writers.get(number));
    const dots = people.slice(0, DOTS_MAX).map(({ color }) => {
      const dot = el('i', { class: 'history-dot' });
      dot.style.background = color;
      return dot;
    });
    const precise = clock(start) === clock(end);
    const [first, last] = [start, end].map((time) => clock(time, undefined, precise && start !== end));
    const span = first === last ? last! : `${first} – ${last}`;
    const edits = to - from;
    return [
      el('b', {}, span),
      el('small', {}, `${edits.toLocaleString()} ${edits === 1 ? 'edit' : 'edits'}`),
      el('span', { class: 'history-who' }, ...dots, peopleWords(people.map(({ name }) => name))),
    ];
  }

  #toggle(): void {
    this.#named = !this.#named;
    this.#only.setAttribute('aria-pressed', String(this.#named));
    this.show(this.#versions);
  }
}

function versionParts({ label, at, author, kind }: Version, crowded: boolean): HTMLElement[] {
  const name = kind === 'named' ? label : readable(label, new Date());
  return [el('b', { title: name, dir: 'auto' }, name || 'Version'), el('span', { class: 'history-who' }, [clock(at, undefined, crowded), author].filter(Boolean).join(' · '))];
}

/** Only the list scrolls, never the page around it. */
function reveal(list: HTMLElement, item: HTMLElement): void {
  const [outer, inner] = [list.getBoundingClientRect(), item.getBoundingClientRect()];
  if (inner.top < outer.top) list.scrollTop -= outer.top - inner.top + 8;
  else if (inner.bottom > outer.bottom) list.scrollTop += inner.bottom - outer.bottom + 8;
}
