/** The shapes of a board at a moment, and which of them changed since a moment before. Pure. */
import * as Y from 'yjs';
import { changedProperties, isStale, privateProperties, readEntry, type Entry, type Shape, type Values } from '../board/entry';
import { byIndex } from '../board/order';
import { same } from '../board/schema';
import { isId } from '../board/values';
import type { Comparing } from './stage';

export interface ShapeChange {
  kind: 'insert' | 'change' | 'delete';
  shape: Shape;
  who: number;
}

interface Read {
  values: Values;
  shape: Shape;
}

/** Measures a text that has other words than it was measured with; `shapes` are those around it. */
export type Fit = (id: string, values: Values, shapes: readonly Shape[]) => Values;

export class Scene {
  readonly #fit: Fit;
  /** Shapes stay the same objects while they stay the same, so that they are not drawn anew. */
  #known = new Map<string, Read>();
  #drawn = 1;

  constructor(fit: Fit) {
    this.#fit = fit;
  }

  shapes(doc: Y.Doc): Shape[] {
    const next = new Map<string, Read>();
    const unfit: string[] = [];
    this.#drawn += 1;
    for (const [id, values, entry] of entries(doc)) {
      const known = this.#known.get(id);
      const isKnown = known !== undefined && same(known.values, values);
      next.set(id, isKnown ? known : { values, shape: shapeOf(id, values, this.#drawn) });
      if (!isKnown && values.type === 'text' && isStale(entry)) unfit.push(id);
    }
    this.#measure(next, unfit);
    this.#known = next;
    // The canvas changes its elements in place.
    return [...next.values()].map(({ shape }) => shape).sort(byIndex).map((shape) => ({ ...shape }));
  }

  #measure(read: Map<string, Read>, unfit: readonly string[]): void {
    if (unfit.length === 0) return;
    const around = [...read.values()].map(({ shape }) => shape);
    for (const id of unfit) {
      const { values } = read.get(id)!;
      read.set(id, { values, shape: shapeOf(id, this.#fit(id, values, around), this.#drawn) });
    }
  }
}

/** What differs, seen from `doc`; deleted shapes as they were. */
export function shapeChanges(doc: Y.Doc, comparing: Comparing): ShapeChange[] {
  const before = new Map([...entries(comparing.before)].map(([id, values]) => [id, values]));
  const sv = Y.snapshot(comparing.before).sv;
  const changes: ShapeChange[] = [];
  const elements = doc.getMap('elements');
  for (const [id, values] of entries(doc)) {
    const old = before.get(id);
    before.delete(id);
    if (old && same(old, values)) continue;
    const newest = newestItem(elements._map.get(id), sv);
    const who = newest ? comparing.inserted(newest.client, newest.clock) : 0;
    changes.push({ kind: old ? 'change' : 'insert', shape: shapeOf(id, values, 1), who });
  }
  for (const [id, values] of before) {
    const item = elements._map.get(id);
    const newest = newestItem(item, sv);
    const who = newest ? comparing.inserted(newest.client, newest.clock) : item ? comparing.deleted(item.id.client, item.id.clock) : 0;
    changes.push({ kind: 'delete', shape: shapeOf(id, values, 1), who });
  }
  return changes;
}

/** Those that are on the board. */
function* entries(doc: Y.Doc): Generator<[string, Values, Entry]> {
  for (const [id, entry] of doc.getMap('elements')) {
    const values = isId(id) ? readEntry(entry) : null;
    if (values && values.isDeleted !== true) yield [id, values, entry as Entry];
  }
}

function shapeOf(id: string, values: Values, drawn: number): Shape {
  const whole = { ...privateProperties(values.type), ...changedProperties(values, undefined) };
  return { ...whole, id, version: drawn, versionNonce: drawn, updated: 1 } as unknown as Shape;
}

/** The piece of an element that came last since a state; by clock of whoever wrote it. */
function newestItem(item: Y.Item | undefined, sv: Map<number, number>): Y.ID | null {
  if (!item) return null;
  const isNew = ({ client, clock }: Y.ID) => clock >= (sv.get(client) ?? 0);
  const entry = item.content instanceof Y.ContentType ? item.content.type : null;
  if (isNew(item.id) || !entry) return isNew(item.id) ? item.id : null;
  for (const property of entry._map.values()) {
    if (isNew(property.id)) return property.id;
    const list = property.content instanceof Y.ContentType ? property.content.type : null;
    for (let part = list?._start ?? null; part; part = part.right) {
      const last = { client: part.id.client, clock: part.id.clock + part.length - 1 } as Y.ID;
      if (isNew(last)) return last;
    }
  }
  return null;
}
