/**
 * Keeps the editor's document and the shared text the same. What the person does is written at once, letter by letter as far as the
 * steps tell; what others do comes as a step that knows what became of every letter. In between both are always equal, so nothing
 * is ever transformed over anything.
 */
import { Selection, TextSelection, type EditorState, type Transaction } from '@tiptap/pm/state';
import type { Node as ProseNode, Schema } from '@tiptap/pm/model';
import type { EditorView } from '@tiptap/pm/view';
import * as Y from 'yjs';
import { cleanFormats } from './cleaning';
import { BODY, CONTAINERS, FORMAT, isFlat, MOVES, TEXT } from './format';
import { bindingKey, type Unwritten } from './key';
import { Late } from './late';
import { conversion, isTree } from './legacy';
import { editsOf, regionOf, type Edits } from './local';
import { Model, type Change } from './model';
import { Moves } from './moves';
import { Places, type Side } from './places';
import { Strays } from './strays';
import { ReplaceNodes, rangesBetween, sizeOf, STEPS_MIN } from './step';
import { UndoStack } from './undo';
import { nextUnit, slice, unitsSince } from './units';

/** Rounds until what is written and what is shown agree; more would be a fault of ours. */
const ROUNDS_MAX = 8;

/** Several pages see that something is late: most often the first brings it over and the others find it there. */
const LATE_MS = { least: 300, spread: 2_000 };
/** Who turns a tree into the flat form does not undo that. */
const CONVERSION = 'conversion';

/** A selection that holds on to its letters. */
export interface Held {
  readonly anchor: Y.RelativePosition;
  readonly head: Y.RelativePosition;
}

export class Binding {
  readonly doc: Y.Doc;
  readonly schema: Schema;
  readonly undo: UndoStack;
  readonly moves: Moves;
  readonly #strays: Strays;
  readonly #late: Late;
  /** The selection as it was last seen. */
  #held: Held | null = null;
  model: Model;
  places: Places;
  view: EditorView | null = null;
  /** The document that the shared text has. */
  #base: ProseNode;
  /** The flat form of a text that is still a tree; the model shows this one until somebody writes. */
  #shadow: Y.Doc | null = null;
  /** Written, and not yet taken in: inside of a transaction of Yjs this comes later. */
  #underway = 0;
  #rounds = 0;
  #converting = false;
  #lateTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(doc: Y.Doc, schema: Schema) {
    this.doc = doc;
    this.schema = schema;
    this.model = this.#model();
    this.places = new Places(this.model);
    this.#base = this.#shown();
    this.undo = new UndoStack(this, [doc.getText(TEXT), doc.getMap(CONTAINERS)]);
    this.moves = new Moves(doc, doc.getText(TEXT));
    this.#strays = new Strays(doc.getText(TEXT), this.moves);
    this.#late = new Late(doc, schema, this.moves);
  }

  /** The document with which the editor begins. */
  get base(): ProseNode {
    return this.#base;
  }

  /** An old page may still write where the text no longer is. */
  #lookForLate(): void {
    if (!isFlat(this.doc)) return;
    clearTimeout(this.#lateTimer);
    this.#lateTimer = setTimeout(() => this.view?.editable && this.#bringLate(), LATE_MS.least + Math.random() * LATE_MS.spread);
  }

  #bringLate(): void {
    if (this.#late.any) this.#late.bring(BODY);
    this.#strays.bring(MOVES, 'all');
  }

  /** Somebody restored a moment: what is in the tree then is in the text. */
  restored(): void {
    if (!this.view?.editable || !isFlat(this.doc)) return;
    clearTimeout(this.#lateTimer);
    this.#late.know(BODY);
  }

  #model(): Model {
    this.#shadow?.destroy();
    this.#shadow = null;
    if (!isTree(this.doc)) return new Model(this.doc, this.schema);
    this.#shadow = new Y.Doc();
    Y.applyUpdate(this.#shadow, conversion(this.doc, this.schema));
    return new Model(this.#shadow, this.schema);
  }

  /** Reads the document anew, in the form that it has now. */
  #reload(): void {
    this.model = this.#model();
    this.places = new Places(this.model);
  }

  /** The text becomes flat, so that it can be written. */
  #convert(): void {
    if (!this.#shadow) return;
    this.#converting = true;
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(this.#shadow), CONVERSION);
    this.#converting = false;
    this.#reload();
    this.model.chunks.forEach((_chunk, index) => this.model.adopt(index, this.#base.child(index)));
  }

  connect(view: EditorView): void {
    this.view = view;
    this.doc.on('afterTransaction', this.#changed);
    this.doc.on('afterTransaction', cleanFormats);
    this.#lookForLate();
  }

  disconnect(): void {
    this.doc.off('afterTransaction', this.#changed);
    this.doc.off('afterTransaction', cleanFormats);
    clearTimeout(this.#lateTimer);
    this.undo.destroy();
    this.moves.destroy();
    this.view = null;
  }

  /** The selection as it was last seen; null where there is nothing to hold on to. */
  get selection(): Held | null {
    return this.#held;
  }

  /** The selection of a state, as others may know it; null where there is nothing to hold on to. */
  held(state: EditorState): Held | null {
    const { anchor, head, from, to, empty } = state.selection;
    const side = (position: number): Side => (empty || position === to ? 'left' : position === from ? 'right' : 'left');
    const [a, h] = [this.places.relative(anchor, side(anchor)), this.places.relative(head, side(head))];
    return a && h ? { anchor: a, head: h } : null;
  }

  /** Takes note of where the person is. */
  look(): void {
    this.flush();
    const view = this.view;
    if (view && view.state.doc === this.#base) this.#held = this.held(view.state);
  }

  /** Writes what the editor has and the shared text has not. */
  flush(): void {
    const view = this.view;
    if (!view || this.#underway > 0 || view.state.doc === this.#base) return;
    this.#convert();
    const region = regionOf(this.model.chunks, view.state.doc);
    if (!region) return void (this.#base = view.state.doc);
    if ((this.#rounds += 1) > ROUNDS_MAX) return this.#show();
    const { maps, history, before } = bindingKey.getState(view.state) as Unwritten;
    this.undo.before = before;
    const edits = editsOf(this.model, region, maps);
    this.#base = view.state.doc;
    this.#underway += 1;
    this.doc.transact((transaction) => {
      if (!history) transaction.meta.set('addToHistory', false);
      this.#write(edits);
    }, this);
    this.#rounds = 0;
  }

  #write({ delta, values, moved }: Edits): void {
    const { model, doc } = this;
    const sources = moved.map(({ from }) => from.flatMap(({ block, offset, length }) => this.places.units(block, offset, length)));
    const behind = sources.map((units) => nextUnit(doc, units.at(-1)));
    const clock = Y.getState(doc.store, doc.clientID);
    if (delta.length > 0) model.text.applyDelta(delta);
    const written = moved.length > 0 ? unitsSince(doc, model.text, clock) : [];
    moved.forEach(({ to, length }, index) => this.moves.note(slice(written, to, length), sources[index]!, behind[index]));
    for (const [map, key, value] of values) {
      if (value === undefined) map.delete(key);
      else map.set(key, value);
    }
  }

  readonly #changed = (transaction: Y.Transaction): void => {
    const view = this.view;
    if (!view || this.#converting) return;
    const own = transaction.origin === this;
    if (!own && this.#isOtherForm(transaction)) {
      this.#reload();
      return this.#show();
    }
    if (this.#shadow) return;
    if (!own && transaction.changedParentTypes.has(this.doc.getXmlFragment(BODY) as never)) this.#lookForLate();
    const changes = this.model.absorb(transaction);
    if (own) {
      this.#underway -= 1;
      this.#settle(changes);
      this.flush();
    } else if (changes === null) {
      this.#reload();
      this.#show();
    } else if (changes.some(({ before, after }) => before.length !== after.length || before.some(({ part }, index) => part.node !== after[index]!.part.node))) {
      this.#take(changes, this.undo.isOwn(transaction), transaction.changed.has(this.moves.map as never));
    }
    // Not while Yjs still tells of this transaction.
    if (transaction.changed.has(this.doc.getMap(FORMAT) as never)) queueMicrotask(() => this.view?.editable && this.#late.settle(BODY));
    if (transaction.changed.has(this.moves.map as never) || this.undo.isOwn(transaction)) queueMicrotask(() => this.#settleMoves(transaction));
  };

  #settleMoves(transaction: Y.Transaction): void {
    if (!this.view?.editable) return;
    this.moves.noteRedone(MOVES);
    this.moves.settle(MOVES);
    if (!transaction.local) this.#strays.bringEnds(MOVES, transaction);
    if (this.#strays.bring(MOVES, 'own')) this.#lookForLate();
  }

  /** The tree changed while it is what is shown, or the text took on or gave up the flat form. */
  #isOtherForm({ changed, changedParentTypes }: Y.Transaction): boolean {
    if (this.#shadow) return changedParentTypes.has(this.doc.getXmlFragment(BODY) as never) || isFlat(this.doc);
    return changed.has(this.doc.getMap(FORMAT) as never) && isTree(this.doc);
  }

  /** Shows what somebody else did, or one's own undo. */
  #take(changes: readonly Change[], undo: boolean, moved: boolean): void {
    const view = this.view!;
    const { state } = view;
    if (state.doc !== this.#base) return this.#show();
    const tr = changes.length < STEPS_MIN ? steps(state.tr, changes) : oneStep(state.tr, changes);
    this.#base = tr.doc;
    this.#dispatch(tr, state, undo, moved ? this.#held : null);
  }

  /** What was written is what is shown: the editor's own nodes are taken for the model's, and where it reads otherwise that is shown. */
  #settle(changes: readonly Change[] | null): void {
    const base = this.#base;
    if (changes === null) this.#reload();
    const { chunks } = this.model;
    let equal = chunks.length === base.childCount;
    // The first change comes last, and moves those behind it.
    let shift = 0;
    for (const { at, before, after } of [...(changes ?? [])].reverse()) {
      for (let index = at + shift; equal && index < at + shift + after.length; index += 1) {
        if (chunks[index]!.part.node.eq(base.child(index))) this.model.adopt(index, base.child(index));
        else equal = false;
      }
      shift += after.length - before.length;
    }
    if (!equal || changes === null) this.#show();
  }

  /** Makes the editor show what the shared text holds. */
  #show(): void {
    const view = this.view!;
    const { state } = view;
    const shown = this.#shown();
    this.#base = shown;
    this.#rounds = 0;
    const start = state.doc.content.findDiffStart(shown.content);
    if (start === null) return void this.#dispatch(this.#replace(state, shown, []), state, false);
    let { a, b } = state.doc.content.findDiffEnd(shown.content)!;
    const overlap = start - Math.min(a, b);
    if (overlap > 0) [a, b] = [a + overlap, b + overlap];
    this.#dispatch(this.#replace(state, shown, [start, a - start, b - start]), state, false);
  }

  #replace({ tr }: EditorState, shown: ProseNode, ranges: number[]): Transaction {
    return tr.step(new ReplaceNodes(0, tr.doc.childCount, [...shown.content.content], ranges));
  }

  #dispatch(tr: Transaction, state: EditorState, undo: boolean, moved: Held | null = null): void {
    keepSelection(tr, state);
    if (moved) this.#follow(tr, state, moved);
    if (state.storedMarks) tr.setStoredMarks(state.storedMarks);
    // Whoever typed a link makes it one.
    this.view!.dispatch(tr.setMeta(bindingKey, { shared: true, undo }).setMeta('addToHistory', false).setMeta('preventAutolink', true));
  }

  /** A caret in what somebody moved goes along. */
  #follow(tr: Transaction, { selection }: EditorState, held: Held): void {
    if (!(selection instanceof TextSelection)) return;
    const places = this.moves.whereabouts();
    const now = (relative: Y.RelativePosition, otherwise: number) => {
      const id = relative.item && places.now(relative.item);
      const followed = id && this.places.absolute(new Y.RelativePosition(null, null, id, relative.assoc));
      return followed ?? otherwise;
    };
    tr.setSelection(between(tr.doc, now(held.anchor, tr.selection.anchor), now(held.head, tr.selection.head)));
  }

  #shown(): ProseNode {
    return this.schema.topNodeType.create(null, this.model.chunks.map(({ part }) => part.node));
  }

  /** Puts the selection where its letters are now. */
  select({ anchor, head }: Held): void {
    const view = this.view;
    const [a, h] = [this.places.absolute(anchor), this.places.absolute(head)];
    if (!view || a === null || h === null) return;
    const { tr } = view.state;
    view.dispatch(tr.setSelection(between(tr.doc, a, h)).scrollIntoView());
  }
}

/** The last change comes first. */
function steps(tr: Transaction, changes: readonly Change[]): Transaction {
  for (const { at, before, after, kept } of changes) {
    let position = 0;
    for (let index = 0; index < at; index += 1) position += tr.doc.child(index).nodeSize;
    tr.step(new ReplaceNodes(at, at + before.length, after.map(({ part }) => part.node), rangesBetween(before, after, kept, position)));
  }
  return tr;
}

/** Very many changes, from the first to the last. */
function oneStep(tr: Transaction, changes: readonly Change[]): Transaction {
  const [first, last] = [changes.at(-1)!, changes[0]!];
  const nodes: ProseNode[] = [];
  const ranges: number[] = [];
  let [index, position] = [0, 0];
  const upTo = (at: number) => {
    for (; index < at; index += 1) {
      const node = tr.doc.child(index);
      if (index >= first.at) nodes.push(node);
      position += node.nodeSize;
    }
  };
  for (const { at, before, after, kept } of [...changes].reverse()) {
    upTo(at);
    for (const range of rangesBetween(before, after, kept, position)) ranges.push(range);
    for (const { part } of after) nodes.push(part.node);
    index += before.length;
    position += sizeOf(before);
  }
  return tr.step(new ReplaceNodes(first.at, last.at + last.before.length, nodes, ranges));
}

function between(doc: ProseNode, anchor: number, head: number): Selection {
  const [$anchor, $head] = [doc.resolve(anchor), doc.resolve(head)];
  return $anchor.parent.inlineContent && $head.parent.inlineContent ? new TextSelection($anchor, $head) : Selection.near($head);
}

/** A caret stays behind its letter; the ends of a selection stay at its letters. */
function keepSelection(tr: Transaction, { selection }: EditorState): void {
  if (!(selection instanceof TextSelection)) return;
  const { anchor, head, from, empty } = selection;
  const map = (position: number) => tr.mapping.map(position, empty || position !== from ? -1 : 1);
  tr.setSelection(between(tr.doc, map(anchor), map(head)));
}
