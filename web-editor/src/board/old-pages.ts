/**
 * Pages from before texts had letters, still open somewhere: they write a text as one string, whole. What they changed in
 * it is done to the letters by one of the pages that know better, so that nothing typed there is lost.
 */
import * as Y from 'yjs';
import { Newest } from '../page/newest';
import { hunks } from './diff';
import { lettersIn, plainText, type Entry } from './entry';
import { aligned, readLetters, rewrite } from './letters';
import { TEXT_CHARS_MAX } from './values';

interface Stray {
  entry: Entry;
  words: string;
  /** What the page may have shown before. */
  before: string[];
}

/** More at once than people type. */
const STRAYS_MAX = 200;
/** Forms of one text that such a page may still show. */
const RECENT_MAX = 4;
/** Texts, and the pages that write them, of which it is known what was written last. */
const LAST_TEXTS_MAX = 200;

export class OldPages {
  readonly #isOld: (client: number) => boolean;
  #strays: Stray[] = [];
  /** What such a page wrote last, by client and element. */
  readonly #last = new Newest<string, string>(LAST_TEXTS_MAX);
  /** What texts were lately, the newest last; bounded by the texts of the document, of which those that go are forgotten. */
  readonly #recent = new Map<string, readonly string[]>();

  constructor(isOld: (client: number) => boolean) {
    this.#isOld = isOld;
  }

  get any(): boolean {
    return this.#strays.length > 0;
  }

  /** A text is this now. */
  saw(id: string, words: string): void {
    const recent = this.#recent.get(id) ?? [];
    if (recent.at(-1) !== words) this.#recent.set(id, [...recent, words].slice(-RECENT_MAX));
  }

  forget(id: string): void {
    this.#recent.delete(id);
  }

  /** Looks through what just came; also at what others wrote over in the same moment, while it is there to be read. */
  note({ doc, beforeState, afterState }: Y.Transaction, elements: Y.Map<unknown>): void {
    for (const [client, clock] of afterState) {
      const known = beforeState.get(client) ?? 0;
      if (clock === known || !this.#isOld(client)) continue;
      for (const item of doc.store.clients.get(client) ?? []) {
        if (item.id.clock >= known && item instanceof Y.Item && item.parentSub === 'text') this.#noteItem(item, elements);
      }
    }
  }

  #noteItem(item: Y.Item, elements: Y.Map<unknown>): void {
    const [entry, words] = [item.parent, item.content.getContent()[0] as unknown];
    const id = (entry as Entry)._item?.parentSub;
    if (typeof words !== 'string' || !id || !(entry instanceof Y.Map) || elements.get(id) !== entry || this.#strays.length >= STRAYS_MAX) return;
    const key = `${item.id.client} ${id}`;
    const before = [this.#last.get(key), ...(this.#recent.get(id) ?? []), plainText(entry)].filter((value): value is string => typeof value === 'string' && value !== words);
    if (words.length <= TEXT_CHARS_MAX) this.#last.set(key, words);
    this.#strays.push({ entry, words, before });
  }

  /** Does to the letters what was done to the strings. `absorbs`: this page is the one to do it. */
  absorb(absorbs: boolean): void {
    const strays = this.#strays;
    this.#strays = [];
    if (absorbs) for (const { entry, words, before } of strays) takeIn(entry, words, before);
  }
}

function takeIn(entry: Entry, words: string, before: readonly string[]): void {
  const letters = lettersIn(entry);
  if (!letters) return;
  const now = readLetters(letters);
  // What differs least is what that page showed.
  const [base] = [now.text, ...before].sort((a, b) => distance(a, words) - distance(b, words));
  if (base !== undefined && base !== words) rewrite(letters, aligned(base, now), words);
}

function distance(from: string, to: string): number {
  return hunks(from, to).reduce((sum, { removed, inserted }) => sum + removed + inserted.length, 0);
}
