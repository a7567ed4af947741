/**
 * Which text is the label of which shape. A text names its shape and a shape its label, in two entries: of two people who
 * label a shape at the same time, or of one who labels it while another ties an arrow to it, the shape keeps one name. So
 * every page reads the entries together, and in one way: one text is the label, and every other that names the shape is a
 * text of its own beside it.
 */
import * as Y from 'yjs';
import { isDeleted, readEntry, type Entry, type Values } from './entry';
import { grain } from './values';

const LABELLED: readonly unknown[] = ['rectangle', 'diamond', 'ellipse', 'arrow'];
const GAP = 10;

interface Named {
  id: string;
  type: string;
}

/** Of a shape whose entry does not name the label everybody is to see, and that alone, or that several texts name. Excalidraw takes the first. */
interface Arrangement {
  boundElements: readonly Named[];
  /** Where the other texts are. */
  beside: ReadonlyMap<string, { x: number; y: number }>;
}

/** Bounded by the elements of the document. */
export class Containers {
  readonly #elements: Y.Map<unknown>;
  /** The shape that a text names. */
  readonly #shapeOf = new Map<string, string>();
  readonly #textsOf = new Map<string, Set<string>>();
  readonly #arranged = new Map<string, Arrangement>();

  constructor(elements: Y.Map<unknown>) {
    this.#elements = elements;
  }

  /** These entries have changed; returns what is to be shown in another way because of it. */
  changed(ids: ReadonlySet<string>): string[] {
    const shapes = new Set<string>();
    for (const id of ids) {
      const [before, now] = [this.#shapeOf.get(id), this.#shapeNamedBy(id)];
      if (before !== now) this.#move(id, before, now);
      for (const shape of [before, now, id]) if (shape !== undefined && (this.#textsOf.has(shape) || this.#arranged.has(shape))) shapes.add(shape);
    }
    // What the scene itself names is not what it is to show.
    return [...shapes].flatMap((shape) => [...this.#arrange(shape), ...(ids.has(shape) && this.#arranged.has(shape) ? [shape] : [])]);
  }

  /** The values of an element as everybody is to see them. */
  read(id: string, values: Values): Values {
    const boundElements = this.#arranged.get(id)?.boundElements;
    if (boundElements) return { ...values, boundElements };
    const place = values.type === 'text' && this.#arranged.get(String(values.containerId))?.beside.get(id);
    return place ? { ...values, containerId: null, ...place } : values;
  }

  isBeside(text: string): boolean {
    return this.#arranged.get(this.#shapeOf.get(text) ?? '')?.beside.has(text) ?? false;
  }

  beside(shape: string): string[] {
    return [...(this.#arranged.get(shape)?.beside.keys() ?? [])];
  }

  #shapeNamedBy(id: string): string | undefined {
    const entry = this.#elements.get(id);
    if (!(entry instanceof Y.Map) || entry.get('type') !== 'text' || isDeleted(entry as Entry)) return undefined;
    const shape: unknown = entry.get('containerId');
    return typeof shape === 'string' ? shape : undefined;
  }

  #move(text: string, before: string | undefined, now: string | undefined): void {
    const left = before === undefined ? undefined : this.#textsOf.get(before);
    left?.delete(text);
    if (left?.size === 0) this.#textsOf.delete(before!);
    if (now === undefined) {
      this.#shapeOf.delete(text);
      return;
    }
    this.#shapeOf.set(text, now);
    const texts = this.#textsOf.get(now) ?? new Set();
    this.#textsOf.set(now, texts.add(text));
  }

  #arrange(shape: string): string[] {
    const before = this.#arranged.get(shape);
    const next = this.#arrangement(shape);
    if (next) this.#arranged.set(shape, next);
    else this.#arranged.delete(shape);
    if (written(before) === written(next)) return [];
    return [shape, ...new Set([...(before?.beside.keys() ?? []), ...(next?.beside.keys() ?? [])])];
  }

  #arrangement(shape: string): Arrangement | null {
    const read = readEntry(this.#elements.get(shape));
    const texts = [...(this.#textsOf.get(shape) ?? [])].sort();
    if (!read || !LABELLED.includes(read.type) || texts.length === 0) return null;
    const named = (read.boundElements ?? []) as readonly Named[];
    const listed = named.filter(({ type }) => type === 'text').map(({ id }) => id);
    const label = listed.find((id) => texts.includes(id)) ?? texts[0]!;
    if (texts.length === 1 && listed.length === 1 && listed[0] === label) return null;
    const arrows = named.filter(({ type }) => type !== 'text');
    return { boundElements: [...arrows, { id: label, type: 'text' }], beside: this.#places(read, texts.filter((id) => id !== label)) };
  }

  /** At the right of the shape, one below the other. */
  #places({ x, y, width }: Values, texts: readonly string[]): Arrangement['beside'] {
    let top = Number(y);
    return new Map(texts.map((id) => {
      const place = { x: grain(Number(x) + Number(width) + GAP), y: grain(top) };
      top += Number((this.#elements.get(id) as Entry).get('height')) || 0;
      return [id, place];
    }));
  }
}

function written(arrangement: Arrangement | undefined | null): string {
  return arrangement ? JSON.stringify([arrangement.boundElements, [...arrangement.beside]]) : '';
}
