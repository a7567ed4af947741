/**
 * Keeps a scene and the `elements` of a document the same.
 *
 * For every element it knows what scene and document agreed on last. What differs from that in the scene was done here
 * and is written, property by property; what differs in the document was done elsewhere and is shown. So a move and a
 * recolouring of one shape merge, nothing echoes, and looking at a board writes nothing. `version` is this scene's own
 * count and stays out of the document. No time and no timers in here: whoever owns it calls `push` and `pull`.
 */
import * as Y from 'yjs';
import { changedProperties, privateProperties, readEntry, valuesOf, writeChanges, writeNew, type Entry, type Shape, type Values } from './entry';
import { byIndex } from './order';
import { isId } from './values';

export interface Scene {
  /** All elements in z-order, the deleted ones too. */
  shapes: () => readonly Shape[];
  /** Shows these instead; not to be undone by the person here. */
  show: (shapes: Shape[]) => void;
  /** Elements in the hands of the person here: they are not touched until let go. */
  busy: () => ReadonlySet<string>;
}

export interface Surroundings {
  now: () => number;
  /** A number for `versionNonce`. */
  nonce: () => number;
  /** Nobody else is on the board. */
  alone: () => boolean;
  /** The person here may change the board, so that `push` will be called. */
  editable: () => boolean;
}

/** The deleted are kept this long for the undo of others; who undoes later writes the element anew. */
export const TOMBSTONE_MS = 10 * 60_000;
/** Tombstones removed with one write. */
const PRUNED_MAX = 500;
const UNSEEN = -1;

export class Binding {
  readonly elements: Y.Map<unknown>;
  readonly #doc: Y.Doc;
  readonly #scene: Scene;
  readonly #around: Surroundings;
  /** What scene and document agreed on last. */
  readonly #known = new Map<string, Values>();
  /** Versions of the scene's elements that have been looked at. */
  readonly #seen = new Map<string, number>();
  /** Elements that changed in the document and are not shown yet. */
  readonly #waiting = new Set<string>();
  /** Indices Excalidraw gave because two were equal; written only along with a reordering by the person here. */
  readonly #mended = new Map<string, string | null>();
  /** Brought back from deletion here. */
  readonly #restored = new Set<string>();
  readonly #observer: (events: Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction) => void;
  #prunedAt = Number.NEGATIVE_INFINITY;

  /** `changed` is called when there is something to pull. */
  constructor(doc: Y.Doc, scene: Scene, around: Surroundings, changed: () => void) {
    this.#doc = doc;
    this.#scene = scene;
    this.#around = around;
    this.elements = doc.getMap('elements');
    for (const id of this.elements.keys()) this.#waiting.add(id);
    this.#observer = (events, transaction) => {
      if (transaction.origin === this) return;
      for (const event of events) {
        if (event.target === (this.elements as unknown)) for (const id of event.keys.keys()) this.#waiting.add(id);
        else this.#waiting.add(String(event.path[0]));
      }
      changed();
    };
    this.elements.observeDeep(this.#observer as never);
  }

  /** Something is there to pull, or held back until it is let go. */
  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Whether the scene has changes that are not written; cheap. */
  dirty(): boolean {
    let known = 0;
    for (const shape of this.#scene.shapes()) {
      const seen = this.#seen.get(shape.id);
      if (seen !== shape.version) return true;
      known += 1;
    }
    return known < this.#seen.size;
  }

  /** Writes what was changed here. */
  push(): void {
    const shapes = this.#scene.shapes();
    const changed = shapes.filter((shape) => this.#seen.get(shape.id) !== shape.version);
    const present = shapes.length - changed.filter((shape) => !this.#seen.has(shape.id)).length;
    const gone = present < this.#seen.size ? this.#gone(shapes) : [];
    if (changed.length === 0 && gone.length === 0) return;
    this.#doc.transact(() => {
      let written = false;
      for (const shape of changed) written = this.#write(shape) || written;
      for (const id of gone) written = this.#bury(id) || written;
      if (written) this.#prune();
    }, this);
  }

  /** Shows what was changed elsewhere. */
  pull(): void {
    if (this.#waiting.size === 0) return;
    const busy = this.#scene.busy();
    const current = this.#scene.shapes();
    const at = new Map(current.map((shape, index) => [shape.id, index]));
    const next: (Shape | null)[] = [...current];
    let shown = false;
    let ordered = true;
    for (const id of this.#waiting) {
      const index = at.get(id);
      const here = index === undefined ? undefined : current[index]!;
      // What was done here is written first: the merge then loses neither.
      if (here && (busy.has(id) || (this.#around.editable() && this.#touched(here)))) continue;
      this.#waiting.delete(id);
      if (!isId(id)) continue;
      const place = this.#known.get(id)?.index;
      const shape = this.#merge(id, here);
      if (shape === here) continue;
      shown = true;
      if (index === undefined) next.push(shape ?? null);
      else next[index] = shape ?? null;
      ordered = ordered && here !== undefined && place === this.#known.get(id)?.index;
    }
    if (shown) this.#show(next.filter((shape) => shape !== null), ordered);
  }

  destroy(): void {
    this.elements.unobserveDeep(this.#observer as never);
  }

  #touched(shape: Shape): boolean {
    return this.#seen.get(shape.id) !== shape.version;
  }

  /** The element as it is to be shown: `here` itself if nothing changes, undefined if it is not to be shown. */
  #merge(id: string, here: Shape | undefined): Shape | undefined {
    const entry = this.elements.get(id);
    const values = readEntry(entry);
    if (!values) return this.#lost(id, here, entry !== undefined);
    const known = this.#known.get(id);
    const changed = changedProperties(values, known);
    this.#known.set(id, values);
    if ('index' in changed) this.#mended.delete(id);
    if (here && Object.keys(changed).length === 0) return here;
    // A tombstone nobody here has seen alive needs no place in the scene.
    if (!here && values.isDeleted) return undefined;
    const whole = here && here.type === values.type ? changed : { ...privateProperties(values.type), ...changedProperties(values, undefined) };
    const untouched = !here || !this.#touched(here);
    const version = (here?.version ?? 0) + 1;
    this.#seen.set(id, untouched ? version : UNSEEN);
    const { now, nonce } = this.#around;
    return { ...here, ...whole, id, version, versionNonce: nonce(), updated: now() } as Shape;
  }

  /** The document has no such element any more, or none that can be shown. */
  #lost(id: string, here: Shape | undefined, unusable: boolean): Shape | undefined {
    this.#known.delete(id);
    this.#mended.delete(id);
    if (!here) {
      this.#seen.delete(id);
      return undefined;
    }
    // Its tombstone was cleared away: this scene keeps it for its own undo.
    if (here.isDeleted && !unusable) {
      this.#seen.set(id, here.version);
      return here;
    }
    // Cleared away while it was brought back here: it comes back.
    if (this.#restored.has(id) && !unusable) {
      this.#seen.set(id, UNSEEN);
      return here;
    }
    this.#seen.delete(id);
    return undefined;
  }

  #show(shapes: Shape[], ordered: boolean): void {
    if (!ordered) {
      const place = (shape: Shape) => ({ id: shape.id, index: this.#mended.get(shape.id) === shape.index ? this.#known.get(shape.id)?.index : shape.index });
      const places = new Map(shapes.map((shape) => [shape.id, place(shape)]));
      shapes.sort((a, b) => byIndex(places.get(a.id)!, places.get(b.id)!));
    }
    const settled = shapes.filter((shape) => this.#seen.get(shape.id) === shape.version);
    this.#scene.show(shapes);
    for (const shape of settled) {
      if (this.#seen.get(shape.id) === shape.version) continue;
      this.#seen.set(shape.id, shape.version);
      this.#mended.set(shape.id, shape.index);
    }
  }

  #write(shape: Shape): boolean {
    const { id } = shape;
    this.#seen.set(id, shape.version);
    const values = valuesOf(shape);
    if (!values || !isId(id)) return false;
    const known = this.#known.get(id);
    const entry = this.elements.get(id) as Entry | undefined;
    if (!known || !(entry instanceof Y.Map)) {
      // What was never there or is cleared away needs no tombstone.
      if (shape.isDeleted) return false;
      writeNew(this.elements, id, values);
    } else {
      // A mended index that was changed here since is a place somebody chose.
      if (this.#mended.get(id) !== values.index) this.#mended.delete(id);
      const settled = this.#mended.has(id) ? { ...values, index: known.index } : values;
      const changed = changedProperties(settled, known);
      if (Object.keys(changed).length === 0) return false;
      this.#writeKnown(id, entry, settled, known);
      this.#known.set(id, settled);
      if ('index' in changed) this.#writeMended();
      return true;
    }
    this.#known.set(id, values);
    this.#writeMended();
    return true;
  }

  #writeKnown(id: string, entry: Entry, values: Values, known: Values): void {
    writeChanges(entry, values, known);
    if (values.isDeleted && !known.isDeleted) entry.set('updated', this.#around.now());
    if (!values.isDeleted && known.isDeleted) this.#restored.add(id);
    // Whoever goes on typing into a text wants it to stay.
    const typed = values.type === 'text' && values.text !== known.text;
    if (typed && !values.isDeleted && entry.get('isDeleted') === true) entry.set('isDeleted', false);
  }

  /** A new place in the order is a place between those everybody has to know then. */
  #writeMended(): void {
    for (const [id, index] of this.#mended) {
      const [entry, known] = [this.elements.get(id), this.#known.get(id)];
      if (!(entry instanceof Y.Map) || !known) continue;
      entry.set('index', index);
      this.#known.set(id, { ...known, index });
    }
    this.#mended.clear();
  }

  /** Elements that left the scene altogether: what turned out too small to see. */
  #gone(shapes: readonly Shape[]): string[] {
    const present = new Set(shapes.map((shape) => shape.id));
    return [...this.#seen.keys()].filter((id) => !present.has(id));
  }

  #bury(id: string): boolean {
    this.#seen.delete(id);
    const known = this.#known.get(id);
    this.#known.delete(id);
    const entry = this.elements.get(id);
    if (!known || known.isDeleted || !(entry instanceof Y.Map)) return false;
    entry.set('isDeleted', true);
    entry.set('updated', this.#around.now());
    return true;
  }

  /** Clears tombstones away, along with a change that is written anyway. */
  #prune(): void {
    const now = this.#around.now();
    if (now - this.#prunedAt < TOMBSTONE_MS) return;
    const all = this.#prunedAt === Number.NEGATIVE_INFINITY && this.#around.alone();
    this.#prunedAt = now;
    let left = PRUNED_MAX;
    for (const [id, entry] of this.elements) {
      if (!(entry instanceof Y.Map) || entry.get('isDeleted') !== true) continue;
      const deleted: unknown = entry.get('updated');
      const recent = typeof deleted === 'number' && Math.abs(now - deleted) < TOMBSTONE_MS;
      if (recent && !(all && !this.#seen.has(id))) continue;
      this.elements.delete(id);
      this.#known.delete(id);
      left -= 1;
      if (left === 0) return;
    }
  }
}
