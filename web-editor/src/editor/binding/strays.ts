/**
 * What somebody writes into words while somebody else moves them stays behind, between letters that are no longer there. It is taken
 * along: behind the copy of the letter it was written behind. Whoever moved the letters on both sides next to each other did not know
 * what is between them. Of what is at their end only its author's page can tell, when it hears of the move. What was taken along is
 * noted like a move: of two pages that do it one copy stays.
 */
import * as Y from 'yjs';
import { isBlockMark, isPlain, mapIn, NO_FORMATS, pathOf, pathValue, type Container, type Formats } from './format';
import { itemsOf, type Copy, type Moves, type Whereabouts } from './moves';
import { isIn } from './undo';
import { indexOf, unitsSince, type Units } from './units';

/** Written behind one letter; of more the rest stays where it is. */
const ITEMS_MAX = 1_000;
/** What was moved more often stays where it is: nothing goes round for ever, whatever several do to the same words. */
const GENERATION_MAX = 50;
/** How many items one was written in front of are looked at for one that is gone. */
const HOPS_MAX = 100;

/** What stands next to each other and was written behind a letter that was moved. */
interface Stray {
  readonly items: readonly Y.Item[];
  /** Where that letter is now. */
  readonly behind: Y.ID;
}

export class Strays {
  readonly #text: Y.Text;
  readonly #moves: Moves;

  constructor(text: Y.Text, moves: Moves) {
    this.#text = text;
    this.#moves = moves;
  }

  get #doc(): Y.Doc {
    return this.#text.doc!;
  }

  /** Takes along what is between letters that were moved, of all authors or of this page; returns whether something of others is left. */
  bring(origin: unknown, whose: 'own' | 'all'): boolean {
    const copies = this.#moves.copies();
    const strays = this.#between(copies, this.#moves.whereabouts());
    const isOwn = ({ items }: Stray) => items.some(({ id }) => id.client === this.#doc.clientID);
    const wanted = whose === 'own' ? strays.filter(isOwn) : strays;
    this.#take(wanted, origin);
    return wanted.length < strays.length;
  }

  /** Takes along what this page wrote at the end of what others moved away in a transaction of theirs. */
  bringEnds(origin: unknown, { changed, deleteSet }: Y.Transaction): void {
    const keys = changed.get(this.#moves.map as never);
    if (!keys) return;
    const copies = this.#moves.copies();
    const places = this.#moves.whereabouts();
    const went = (id: Y.ID) => Y.isDeleted(deleteSet, id);
    const seen = new Set<Y.Item>();
    const strays: Stray[] = [];
    for (const { of, key, next } of copies) {
      if (next === undefined || !keys.has(key)) continue;
      const root = Y.createID(of.client, of.clock + of.length - 1);
      const behind = places.now(root);
      const left = behind && sameAs(root, copies).find(went);
      const items = left ? this.#grown(left, next).filter((item) => !seen.has(item)) : [];
      items.forEach((item) => seen.add(item));
      if (behind && items.length > 0 && !holds(items, behind)) strays.push({ items, behind });
    }
    this.#take(strays, origin);
  }

  #between(copies: readonly Copy[], places: Whereabouts): Stray[] {
    const seen = new Set<Y.Item>();
    const strays: Stray[] = [];
    for (const units of copies.flatMap((copy): Units[] => [copy, copy.of])) {
      for (const { item, to } of itemsOf(this.#doc, units)) {
        if (!(item instanceof Y.Item) || !item.deleted || item.parent !== this.#text || to < item.id.clock + item.length || seen.has(item)) continue;
        seen.add(item);
        const stray = this.#behind(item, places);
        if (stray) strays.push(stray);
      }
    }
    return strays;
  }

  /** What was written between the last letter of an item and the next that was moved with it. */
  #behind(item: Y.Item, places: Whereabouts): Stray | null {
    const behind = places.now(item.lastId);
    if (!behind) return null;
    const items: Y.Item[] = [];
    for (const { at, grown } of grownBehind(item)) {
      if (at.deleted) {
        const next = places.now(at.id);
        if (next) return items.length > 0 && !holds(items, behind) && this.#areNeighbours(behind, next) ? { items, behind } : null;
      } else if (!grown || !isPortable(at) || places.generation(at.id) > GENERATION_MAX || items.length >= ITEMS_MAX || (items.length === 0 && !this.#isBeforeGone(at))) {
        return null;
      } else {
        items.push(at);
      }
    }
    return null;
  }

  /** Own letters that were written behind a unit, up to what was the next for whoever took it away. */
  #grown(left: Y.ID, next: Y.ID | null): Y.Item[] {
    const item = Y.getItem(this.#doc.store, left) as Y.Item | Y.GC;
    const items: Y.Item[] = [];
    if (!(item instanceof Y.Item) || item.parent !== this.#text || item.lastId.clock !== left.clock) return items;
    for (const { at, grown } of grownBehind(item)) {
      const { client, clock } = at.id;
      if (next && next.client === client && next.clock === clock) break;
      if (at.deleted) continue;
      const map = mapIn(at);
      if (!grown || this.#moves.whereabouts().generation(at.id) > GENERATION_MAX || (map && isBlockMark(map)) || items.length >= ITEMS_MAX) break;
      if (client === this.#doc.clientID && isPortable(at)) items.push(at);
    }
    return items;
  }

  /** Most of what stands behind something moved was there before it, or came when it was gone. */
  #isBeforeGone(item: Y.Item): boolean {
    let { rightOrigin } = item;
    for (let hops = 0; rightOrigin && hops < HOPS_MAX; hops += 1) {
      const right = Y.getItem(this.#doc.store, rightOrigin) as Y.Item | Y.GC;
      if (right.deleted) return true;
      ({ rightOrigin } = right as Y.Item);
    }
    return false;
  }

  /** Whether one move put a unit behind another. */
  #areNeighbours(left: Y.ID, right: Y.ID): boolean {
    if (left.client !== right.client || left.clock >= right.clock) return false;
    const between = itemsOf(this.#doc, { client: left.client, clock: left.clock + 1, length: right.clock - left.clock - 1 });
    for (const { item } of between) {
      if (!(item instanceof Y.Item)) continue;
      if (item.parent === this.#moves.map || (item.parent === this.#text && !item.deleted && item.countable)) return false;
    }
    return true;
  }

  #take(strays: readonly Stray[], origin: unknown): void {
    if (strays.length === 0) return;
    const all = strays.flatMap(({ items }) => items);
    const formats = this.#formats(new Set(all));
    // Read before anything is written: what is inserted may divide an item that is yet to be taken along.
    const units = all.map(({ id, length }): Units => ({ client: id.client, clock: id.clock, length }));
    const pieces = strays.map(({ items }) => items.map((item) => ({ what: contentOf(item), length: item.length, formats: formats.get(item) ?? NO_FORMATS })));
    this.#doc.transact((transaction) => {
      transaction.meta.set('addToHistory', false);
      const clock = Y.getState(this.#doc.store, this.#doc.clientID);
      strays.forEach(({ behind }, at) => {
        let index = this.#indexBehind(behind);
        const path = this.#pathAt(behind);
        for (const { what, length, formats: own } of pieces[at]!) {
          if (typeof what === 'string') this.#text.insert(index, what, { ...own });
          else this.#text.insertEmbed(index, what instanceof Y.Map ? copyOf(what, path) : what, { ...own });
          index += length;
        }
      });
      this.#moves.note(unitsSince(this.#doc, this.#text, clock), units);
      // Letters first: a mark stays before words.
      this.#moves.remove(units.reverse());
    }, origin);
  }

  /** The index behind a unit. */
  #indexBehind(id: Y.ID): number {
    const item = Y.getItem(this.#doc.store, id) as Y.Item;
    return indexOf(item) + id.clock - item.id.clock + 1;
  }

  /** The containers around a unit. */
  #pathAt(id: Y.ID): readonly Container[] {
    for (let at: Y.Item | null = Y.getItem(this.#doc.store, id) as Y.Item; at; at = at.left) {
      const map = at.deleted ? null : mapIn(at);
      if (map && isBlockMark(map)) return pathOf(map.get('in'));
    }
    return [];
  }

  /** Formats in force at items. */
  #formats(items: ReadonlySet<Y.Item>): Map<Y.Item, Formats> {
    const found = new Map<Y.Item, Formats>();
    let formats: Record<string, unknown> = {};
    for (let at = this.#text._start; at && found.size < items.size; at = at.right) {
      if (items.has(at)) found.set(at, formats);
      const { content } = at;
      if (at.deleted || !(content instanceof Y.ContentFormat) || content.key === '__proto__') continue;
      formats = { ...formats };
      if (content.value === null) delete formats[content.key];
      else formats[content.key] = content.value as unknown;
    }
    return found;
  }
}

/** A unit and all that are copies of it. */
function sameAs({ client, clock }: Y.ID, copies: readonly Copy[]): Y.ID[] {
  const covering = copies.filter(({ of, length }) => of.client === client && of.clock <= clock && clock < of.clock + length);
  return [Y.createID(client, clock), ...covering.map((copy) => Y.createID(copy.client, copy.clock + clock - copy.of.clock))];
}

/** What is behind an item, up to the end of the text, and whether it was written there: behind the item, or behind what was. */
function* grownBehind(item: Y.Item): Generator<{ at: Y.Item; grown: boolean }> {
  const here = new Set<Y.Item>([item]);
  for (let at = item.right; at; at = at.right) {
    const grown = isIn(here, at);
    if (grown || at.deleted) here.add(at);
    if (at.deleted || at.countable) yield { at, grown };
  }
}

function isPortable({ content }: Y.Item): boolean {
  return content instanceof Y.ContentString || content instanceof Y.ContentEmbed || (content instanceof Y.ContentType && content.type instanceof Y.Map);
}

function holds(items: readonly Y.Item[], { client, clock }: Y.ID): boolean {
  return items.some(({ id, length }) => id.client === client && id.clock <= clock && clock < id.clock + length);
}

/** Of what is portable. */
function contentOf({ content }: Y.Item): string | object {
  if (content instanceof Y.ContentString) return content.str;
  return content instanceof Y.ContentEmbed ? content.embed : (content as Y.ContentType).type;
}

function copyOf(map: Y.Map<unknown>, there: readonly Container[]): Y.Map<unknown> {
  const copy = new Y.Map<unknown>([...map.entries()].filter(([, value]) => isPlain(value)));
  if (!isBlockMark(map)) return copy;
  const path = pathIn(there, pathOf(map.get('in')));
  if (path.length > 0) copy.set('in', pathValue(path));
  else copy.delete('in');
  return copy;
}

const ITEMS = new Set(['listItem', 'taskItem']);

/** An item of its own stays one, in the list that it comes to. */
function pathIn(there: readonly Container[], own: readonly Container[]): readonly Container[] {
  const [around, item] = [there.at(-1), own.at(-1)];
  return around && item && around.name === item.name && ITEMS.has(item.name) ? [...there.slice(0, -1), item] : there;
}
