/**
 * Keeps a scene and the `elements` of a document the same.
 *
 * For every element it knows what scene and document agreed on last. What differs from that in the scene was done here
 * and is written, property by property; what differs in the document was done elsewhere and is shown. So a move and a
 * recolouring of one shape merge, nothing echoes, and looking at a board writes nothing. `version` is this scene's own
 * count and stays out of the document. No time and no timers in here: whoever owns it calls `push` and `pull`.
 */
import * as Y from 'yjs';
import { Containers } from './containers';
import {
  TYPED_BEFORE_DELETION, changedProperties, isDeleted, isStale, lettersIn, plainText, privateProperties, readEntry, valuesOf, wordsOf, writeChanges, writeNew,
  type Entry, type Shape, type Values,
} from './entry';
import { everTyped } from './letters';
import { OldPages } from './old-pages';
import { byIndex } from './order';
import type { Scene, Surroundings } from './scene';
import { Texts } from './texts';
import { isId } from './values';

/** The deleted are kept this long for the undo of others; who undoes later writes the element anew. */
export const TOMBSTONE_MS = 10 * 60_000;
/** Tombstones removed with one write. */
const PRUNED_MAX = 500;
const UNSEEN = -1;
/** What may be written of a text without having seen what was typed into it meanwhile. */
const RETOLD = ['text', 'isDeleted'];
/** What says where a text is, as if none of it were known. */
const NOWHERE = { containerId: undefined, x: undefined, y: undefined };

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
  readonly #texts = new Texts();
  readonly #containers: Containers;
  readonly #oldPages: OldPages;
  readonly #observer: (events: Y.YEvent<Y.AbstractType<unknown>>[], transaction: Y.Transaction) => void;
  #prunedAt = Number.NEGATIVE_INFINITY;

  /** `changed` is called when there is something to pull. */
  constructor(doc: Y.Doc, scene: Scene, around: Surroundings, changed: () => void) {
    this.#doc = doc;
    this.#scene = scene;
    this.#around = around;
    this.#oldPages = new OldPages(around.isOldPage);
    this.elements = doc.getMap('elements');
    this.#containers = new Containers(this.elements);
    for (const id of this.elements.keys()) this.#waiting.add(id);
    this.#observer = (events, transaction) => {
      if (transaction.origin === this) return;
      this.#oldPages.note(transaction, this.elements);
      for (const event of events) {
        if (event.target === (this.elements as unknown)) for (const id of event.keys.keys()) this.#waiting.add(id);
        else this.#changedElsewhere(String(event.path[0]), event);
      }
      changed();
    };
    this.elements.observeDeep(this.#observer as never);
  }

  #changedElsewhere(id: string, event: Y.YEvent<Y.AbstractType<unknown>>): void {
    this.#waiting.add(id);
    const entry = this.elements.get(id);
    if (event instanceof Y.YMapEvent && RETOLD.some((key) => event.keysChanged.has(key)) && entry instanceof Y.Map) this.#texts.changedElsewhere(id, entry);
  }

  /** Something is there to pull, or held back until it is let go. */
  get waiting(): boolean {
    return this.#waiting.size > 0;
  }

  /** Whether the scene has changes that are not written; cheap. */
  dirty(): boolean {
    const typing = this.#scene.typing();
    for (const id of this.#texts.unfinished) if (id !== typing && !this.#waiting.has(id)) return true;
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
    const typing = this.#scene.typing();
    const isUnfinished = ({ id }: Shape) => this.#texts.unfinished.has(id) && id !== typing;
    const changed = shapes.filter((shape) => this.#seen.get(shape.id) !== shape.version || isUnfinished(shape));
    const present = shapes.length - changed.filter((shape) => !this.#seen.has(shape.id)).length;
    const gone = present < this.#seen.size ? this.#left(shapes) : [];
    if (changed.length === 0 && gone.length === 0) return;
    this.#doc.transact(() => {
      let written = false;
      for (const shape of changed) written = this.#write(shape) || written;
      for (const id of gone) written = this.#bury(id) || written;
      if (written) this.#prune();
    }, this);
    this.#rearrange(new Set([...changed.map(({ id }) => id), ...gone]));
  }

  /** Shows what was changed elsewhere. */
  pull(): void {
    if (this.#waiting.size === 0) return;
    this.#readAfterOld();
    this.#rearrange(this.#waiting);
    this.#pullTyped();
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

  #rearrange(changed: ReadonlySet<string>): void {
    for (const id of this.#containers.changed(changed)) this.#waiting.add(id);
  }

  #readAfterOld(): void {
    if (!this.#oldPages.any) return;
    const absorbs = this.#around.editable() && this.#around.readsAfterOld();
    this.#doc.transact(() => this.#oldPages.absorb(absorbs), this);
  }

  /** What others typed into the text somebody here types in. */
  #pullTyped(): void {
    const id = this.#scene.typing();
    const entry = id !== null && this.#waiting.has(id) ? this.elements.get(id) : null;
    if (id === null || !(entry instanceof Y.Map) || !this.#around.editable()) return;
    const shape = this.#scene.shapes().find((other) => other.id === id);
    if (!shape || !this.#known.has(id)) return;
    if (this.#touched(shape)) this.push();
    if (!this.#texts.merge(id, entry, wordsOf(this.#known.get(id)!), this.#scene.retype)) return;
    const retyped = this.#scene.shapes().find((other) => other.id === id)!;
    const { text, originalText } = valuesOf(retyped)!;
    this.#known.set(id, { ...this.#known.get(id)!, text, originalText });
    this.#seen.set(id, retyped.version);
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
    const read = readEntry(entry);
    if (!read) return this.#lost(id, here, entry !== undefined);
    const arranged = this.#containers.read(id, read);
    const values = read.type === 'text' ? this.#fitted(id, entry as Entry, arranged) : arranged;
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

  /** A text as it is to be shown. */
  #fitted(id: string, entry: Entry, values: Values): Values {
    this.#texts.shown(id, entry);
    this.#oldPages.saw(id, wordsOf(values));
    return isStale(entry) ? this.#scene.fit(id, values) : values;
  }

  /** The document has no such element any more, or none that can be shown. */
  #lost(id: string, here: Shape | undefined, unusable: boolean): Shape | undefined {
    this.#known.delete(id);
    this.#mended.delete(id);
    if (!here) {
      this.#gone(id);
      return undefined;
    }
    // Its tombstone was cleared away: this scene keeps it for its own undo.
    if (here.isDeleted && !unusable) {
      this.#seen.set(id, here.version);
      return here;
    }
    this.#texts.forget(id);
    this.#oldPages.forget(id);
    // Cleared away while it was brought back or typed in here: it comes back.
    if ((this.#restored.has(id) || this.#texts.typedHere(id)) && !unusable) {
      this.#seen.set(id, UNSEEN);
      return here;
    }
    this.#gone(id);
    return undefined;
  }

  /** Neither document nor scene has it. */
  #gone(id: string): void {
    this.#seen.delete(id);
    this.#restored.delete(id);
    this.#texts.gone(id);
    this.#oldPages.forget(id);
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
      return this.#writeKnown(shape, entry, values, known);
    }
    if (values.type === 'text') this.#fitted(id, this.elements.get(id) as Entry, values);
    this.#known.set(id, values);
    this.#writeMended();
    return true;
  }

  #writeKnown(shape: Shape, entry: Entry, values: Values, known: Values): boolean {
    const { id } = shape;
    const isText = values.type === 'text';
    if (isText && this.#leftToOthers(shape, entry, known)) return true;
    const typed = isText && this.#writeLetters(shape, entry, known);
    const words = typed ? { ...known, text: values.text, originalText: values.originalText } : known;
    this.#known.set(id, words);
    // Of a text in somebody's hands the letters are enough until it is let go.
    if (this.#scene.typing() === id) return typed;
    // A mended index that was changed here since is a place somebody chose.
    if (this.#mended.get(id) !== values.index) this.#mended.delete(id);
    const settled = this.#mended.has(id) ? { ...values, index: known.index } : values;
    // A text that is shown beside a shape whose label it was to be is written as what it is shown as.
    const before = words.containerId === null && this.#containers.isBeside(id) ? { ...words, ...NOWHERE } : words;
    const changed = changedProperties(settled, before);
    const unfinished = this.#texts.unfinished.has(id);
    if (Object.keys(changed).length === 0 && !unfinished) return typed;
    this.#known.set(id, settled);
    writeChanges(entry, settled, before);
    this.#settleBeside(id);
    // What was typed into it before is known to whoever deletes it.
    if (values.isDeleted && (typed || !known.isDeleted)) this.#markDeleted(entry);
    if (!values.isDeleted && known.isDeleted) this.#restored.add(id);
    if (isText) this.#texts.finish(id, entry, settled, 'text' in changed);
    if ('index' in changed) this.#writeMended();
    return true;
  }

  /** What was shown beside a shape stays where it was when somebody changes the shape. */
  #settleBeside(id: string): void {
    for (const text of this.#containers.beside(id)) {
      const [entry, known] = [this.elements.get(text), this.#known.get(text)];
      if (entry instanceof Y.Map && known?.containerId === null) for (const key in NOWHERE) entry.set(key, known[key]);
    }
  }

  #writeLetters(shape: Shape, entry: Entry, known: Values): boolean {
    const written = this.#texts.write(entry, shape, { known: wordsOf(known), undone: this.#scene.undoing() !== null });
    if (this.#texts.differs(shape.id, entry)) this.#waiting.add(shape.id);
    return written;
  }

  /** Taking back that one made a text leaves what others typed into it. */
  #leftToOthers({ id, isDeleted: gone }: Shape, entry: Entry, known: Values): boolean {
    if (!gone || known.isDeleted || this.#scene.undoing() !== 'undo' || !this.#texts.leaveOthers(entry)) return false;
    this.#known.set(id, { ...known, isDeleted: true });
    this.#waiting.add(id);
    return true;
  }

  #markDeleted(entry: Entry): void {
    entry.set('updated', this.#around.now());
    if (entry.get('type') !== 'text') return;
    const letters = lettersIn(entry);
    entry.set(TYPED_BEFORE_DELETION, letters ? everTyped(letters) : plainText(entry).length);
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
  #left(shapes: readonly Shape[]): string[] {
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
    this.#markDeleted(entry);
    this.#settleBeside(id);
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
      if (!(entry instanceof Y.Map) || !isDeleted(entry)) continue;
      const deleted: unknown = entry.get('updated');
      const recent = typeof deleted === 'number' && Math.abs(now - deleted) < TOMBSTONE_MS;
      if (recent && !(all && !this.#seen.has(id))) continue;
      this.elements.delete(id);
      this.#known.delete(id);
      if (!this.#seen.has(id)) this.#gone(id);
      left -= 1;
      if (left === 0) return;
    }
  }
}
