/** The list of cards: kept in step with the server without moving what did not change; arrow keys walk over it. */
import type { DocumentInfo } from '../api/documents';
import { Card, type CardActions } from './card';
import type { Previews } from './previews';

const MINUTE_MS = 60_000;

export class Shelf {
  readonly list: HTMLElement;
  readonly #actions: CardActions;
  readonly #previews: Previews;
  readonly #cards = new Map<string, Card>();

  constructor(list: HTMLElement, previews: Previews, actions: CardActions) {
    this.list = list;
    this.#previews = previews;
    this.#actions = actions;
    list.addEventListener('keydown', (event) => this.#walk(event));
    // A list that stays open must not say "just now" for an hour.
    setInterval(() => this.refreshTimes(), MINUTE_MS);
  }

  get size(): number {
    return this.#cards.size;
  }

  /** Somebody is in one of the documents: it may change soon. */
  get busy(): boolean {
    return [...this.#cards.values()].some(({ info }) => info.present_count > 0);
  }

  /** Makes the list show exactly these, in this order. */
  show(documents: DocumentInfo[], query: string): void {
    this.#settle();
    const wanted = new Set(documents.map((info) => info.name));
    for (const name of [...this.#cards.keys()]) if (!wanted.has(name)) this.remove(name);
    documents.forEach((info, at) => this.#put(info, query, at));
  }

  /** Adds more at the end. */
  append(documents: DocumentInfo[], query: string): void {
    this.#settle();
    for (const info of documents) this.#put(info, query, null);
  }

  /** Brings those that are shown up to date where they stand. */
  patch(documents: DocumentInfo[], query: string): void {
    for (const info of documents) {
      const card = this.#cards.get(info.name);
      if (!card) continue;
      const changed = card.info.updated_at !== info.updated_at;
      card.update(info, query);
      if (changed) this.#previews.watch(card.frame);
    }
  }

  /** Puts a card where it belongs by its time: the latest change comes first. */
  insert(info: DocumentInfo, query: string): Card {
    const later = [...this.#cards.values()].filter((card) => card.info.updated_at > info.updated_at);
    return this.#put(info, query, later.length);
  }

  card(name: string): Card | undefined {
    return this.#cards.get(name);
  }

  /** The names in the order shown. */
  names(): string[] {
    return [...this.list.querySelectorAll<HTMLElement>('.card[data-name]')].map((item) => item.dataset.name!);
  }

  /** Takes a card away; gives the one that should have the focus now. */
  remove(name: string): Card | undefined {
    const card = this.#cards.get(name);
    if (!card) return undefined;
    const next = (card.item.nextElementSibling ?? card.item.previousElementSibling) as HTMLElement | null;
    this.#cards.delete(name);
    this.#previews.forget(card.frame);
    card.item.remove();
    return this.#cards.get(next?.dataset.name ?? '');
  }

  clear(): void {
    for (const name of [...this.#cards.keys()]) this.remove(name);
    this.#settle();
  }

  focusFirst(): void {
    this.#links()[0]?.focus();
  }

  refreshTimes(): void {
    const now = new Date();
    for (const card of this.#cards.values()) card.refreshTime(now);
  }

  /** The page comes with empty cards in the place of the list. */
  #settle(): void {
    this.list.removeAttribute('aria-busy');
    for (const place of this.list.querySelectorAll('.ghost')) place.remove();
  }

  /** At this place, or at the end. */
  #put(info: DocumentInfo, query: string, at: number | null): Card {
    const known = this.#cards.get(info.name);
    const card = known ?? new Card(info, query, this.#actions);
    if (known) this.patch([info], query);
    else {
      this.#cards.set(info.name, card);
      this.#previews.watch(card.frame);
    }
    const place = at === null ? null : (this.list.children[at] ?? null);
    // Moving an element takes its focus: one that stands right stays.
    if (at === null ? !known : place !== card.item) this.list.insertBefore(card.item, place);
    return card;
  }

  #links(): HTMLElement[] {
    return [...this.list.querySelectorAll<HTMLElement>('.card-link')];
  }

  #walk(event: KeyboardEvent): void {
    if (event.defaultPrevented || event.ctrlKey || event.metaKey || event.altKey) return;
    const links = this.#links();
    const item = (document.activeElement as HTMLElement | null)?.closest('.card');
    const at = links.findIndex((link) => link.parentElement === item);
    if (at < 0) return;
    const to = destination(event.key, at, links.length, columns(links));
    if (to === null) return;
    event.preventDefault();
    links[to]?.focus();
  }
}

/** How many cards stand in the first row. */
function columns(links: HTMLElement[]): number {
  const top = links[0]?.getBoundingClientRect().top;
  const next = links.findIndex((link) => link.getBoundingClientRect().top !== top);
  return next < 0 ? Math.max(1, links.length) : next;
}

/** Where a key leads from card `at` of `count` in rows of `width`; null when it is none of ours. Pure. */
export function destination(key: string, at: number, count: number, width: number): number | null {
  const inside = (to: number) => (to >= 0 && to < count ? to : at);
  switch (key) {
    case 'ArrowRight': return inside(at + 1);
    case 'ArrowLeft': return inside(at - 1);
    // From the last full row down to a shorter one: its end is nearer than nothing.
    case 'ArrowDown': return at + width < count ? at + width : rowOf(at, width) < rowOf(count - 1, width) ? count - 1 : at;
    case 'ArrowUp': return inside(at - width);
    case 'Home': return 0;
    case 'End': return count - 1;
    default: return null;
  }
}

function rowOf(at: number, width: number): number {
  return Math.floor(at / width);
}
