/** A scene that behaves like Excalidraw's: changes in place, counts versions, mends indices; and several of them on one wire. */
import { generateKeyBetween } from 'fractional-indexing';
import * as Y from 'yjs';
import { Binding } from './binding';
import type { Surroundings } from './scene';
import type { Undoing } from './undo';
import { valuesOf, type Shape, type Values } from './entry';

type Mutable = { -readonly [K in keyof Shape]: Shape[K] };

export class FakeScene {
  #shapes: Shape[] = [];
  readonly held = new Set<string>();
  shown = 0;
  /** The text whose field is open, and where the caret stands in it. */
  field: string | null = null;
  caret = 0;
  isComposing = false;
  now: Undoing = null;

  readonly shapes = (): readonly Shape[] => this.#shapes;
  readonly busy = (): ReadonlySet<string> => (this.field === null ? this.held : new Set([...this.held, this.field]));
  readonly typing = (): string | null => this.field;
  readonly undoing = (): Undoing => this.now;
  readonly fit = (_id: string, values: Values): Values => ({ ...values, ...measured(String(values.originalText ?? values.text)) });
  readonly retype = (id: string, text: string, caret: (before: number) => number): boolean => {
    if (this.isComposing) return false;
    this.caret = caret(this.caret);
    this.change(id, { ...measured(text), originalText: text });
    return true;
  };
  readonly show = (shapes: Shape[]): void => {
    this.shown += 1;
    this.#shapes = shapes;
    this.#mend();
  };

  get(id: string): Shape {
    const shape = this.#shapes.find((other) => other.id === id);
    if (!shape) throw new Error(`${id} is not in the scene`);
    return shape;
  }

  add(shape: Partial<Shape> & { id: string; type: string }): Shape {
    const index = generateKeyBetween(this.#shapes.at(-1)?.index ?? null, null);
    const added = { ...plain(shape.type), index, ...shape } as Shape;
    this.#shapes = [...this.#shapes, added];
    return added;
  }

  change(id: string, change: Record<string, unknown>): void {
    const shape = this.get(id) as Mutable;
    Object.assign(shape, change);
    shape.version += 1;
  }

  /** Opens the field of a text, the caret at its end. */
  edit(id: string): void {
    this.field = id;
    this.caret = String(this.get(id).originalText).length;
  }

  /** What a key does at the caret. */
  key(letter: string | 'Backspace'): void {
    const before = String(this.get(this.field!).originalText);
    const typed = letter === 'Backspace' ? before.slice(0, Math.max(0, this.caret - 1)) : before.slice(0, this.caret) + letter;
    this.setWords(this.field!, typed + before.slice(this.caret));
    this.caret = typed.length;
  }

  /** Closes the field, as Escape does. */
  leave(): void {
    this.field = null;
    this.isComposing = false;
  }

  setWords(id: string, words: string): void {
    this.change(id, { ...measured(words), originalText: words });
  }

  /** Takes back what was done, as Excalidraw does: by putting things as they were. */
  putBack(undoing: Undoing, id: string, change: Record<string, unknown>): void {
    this.now = undoing;
    this.change(id, change);
  }

  /** Puts an element on top of another, as "bring forward" does. */
  raise(id: string, above: string): void {
    const moved = this.get(id);
    const rest = this.#shapes.filter((shape) => shape !== moved);
    const at = rest.findIndex((shape) => shape.id === above);
    rest.splice(at + 1, 0, moved);
    this.#shapes = rest;
    this.change(id, { index: generateKeyBetween(rest[at]!.index, rest[at + 2]?.index ?? null) });
  }

  remove(id: string): void {
    this.#shapes = this.#shapes.filter((shape) => shape.id !== id);
  }

  /** The order on the screen of what is not deleted. */
  order(): string[] {
    return this.#shapes.filter(({ isDeleted }) => !isDeleted).map(({ id }) => id);
  }

  /** What is on the screen, without what is each scene's own. */
  content(): Record<string, unknown> {
    const live = this.#shapes.filter(({ isDeleted }) => !isDeleted);
    return Object.fromEntries(live.map((shape) => [shape.id, { ...valuesOf(shape), index: undefined, updated: undefined }]));
  }

  #mend(): void {
    this.#shapes.forEach((shape, at) => {
      const before = this.#shapes[at - 1]?.index ?? null;
      if (shape.index !== null && (before === null || shape.index > before)) return;
      const after = this.#shapes.slice(at + 1).find(({ index }) => index !== null && (before === null || index > before))?.index ?? null;
      const mended = shape as Mutable;
      mended.index = generateKeyBetween(before, after);
      mended.version += 1;
    });
  }
}

function measured(text: string): { text: string; width: number } {
  return { text, width: 10 * text.length };
}

export function plain(type: string): Record<string, unknown> {
  return {
    type, x: 0, y: 0, width: 100, height: 50, angle: 0, strokeColor: '#1e1e1e', backgroundColor: 'transparent', fillStyle: 'solid', strokeWidth: 2,
    strokeStyle: 'solid', roundness: null, roughness: 1, opacity: 100, seed: 7, version: 1, versionNonce: 1, index: null, isDeleted: false,
    groupIds: [], frameId: null, boundElements: null, updated: 1, link: null, locked: false,
    ...(type === 'freedraw' ? { points: [[0, 0]], pressures: [], simulatePressure: true, lastCommittedPoint: null } : {}),
    ...(type === 'text' ? {
      text: 'hello', originalText: 'hello', fontSize: 20, fontFamily: 5, textAlign: 'left', verticalAlign: 'top', containerId: null, autoResize: true, lineHeight: 1.25,
    } : {}),
  };
}

/** One person's board without a page. */
export class Replica {
  readonly doc = new Y.Doc();
  readonly scene = new FakeScene();
  readonly binding: Binding;
  readonly updates: Uint8Array[] = [];
  readonly around: Surroundings;
  now = 1_000_000;
  isAlone = false;
  isEditable = true;
  oldPage = 0;
  isReader = false;

  constructor(clientID: number, state?: Uint8Array) {
    this.doc.clientID = clientID;
    if (state) Y.applyUpdate(this.doc, state, 'remote');
    let nonce = 0;
    this.around = { now: () => this.now, nonce: () => (nonce += 1), alone: () => this.isAlone, editable: () => this.isEditable, isOldPage: (client) => client === this.oldPage, readsAfterOld: () => this.isReader };
    this.binding = new Binding(this.doc, this.scene, this.around, () => undefined);
    this.doc.on('update', (update: Uint8Array, origin: unknown) => origin !== 'remote' && this.updates.push(update));
    this.binding.pull();
  }

  get bytes(): number {
    return this.updates.reduce((sum, update) => sum + update.length, 0);
  }

  entry(id: string): Y.Map<unknown> {
    return this.binding.elements.get(id) as Y.Map<unknown>;
  }
}

/** Everybody learns everything; nobody writes more than what they had written. */
export function exchange(...replicas: Replica[]): void {
  for (const replica of replicas) replica.binding.push();
  for (const from of replicas) {
    for (const to of replicas) {
      if (from !== to) Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), 'remote');
    }
  }
  for (const replica of replicas) replica.binding.pull();
}

export function pair(): [Replica, Replica] {
  return [new Replica(1), new Replica(2)];
}
