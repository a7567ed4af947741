/**
 * Undo of what this person did here, and of nothing else. Taking back a block takes its mark back; what others wrote into it stays,
 * with its mark if nothing else is in it, so that their words do not grow into the block before.
 */
import * as Y from 'yjs';
import type { Binding, Held } from './binding';
import { isBlockMark, mapIn } from './format';

/** Changes this close together are one step. */
const BURST_MS = 500;

const SELECTION = 'selection';

export class UndoStack {
  /** The selection before the change that is being written. */
  before: Held | null = null;
  /** Marks that go with the step that is taken back, the last first, and what was found behind each. */
  readonly #gone = new Map<Y.Item, Found>();
  readonly #manager: Y.UndoManager;
  readonly #binding: Binding;

  constructor(binding: Binding, scope: Y.AbstractType<any>[]) {
    this.#binding = binding;
    this.#manager = new Y.UndoManager(scope, {
      captureTimeout: BURST_MS,
      trackedOrigins: new Set<unknown>([binding]),
      captureTransaction: (transaction) => transaction.meta.get('addToHistory') !== false,
      deleteFilter: (item) => !this.#keeps(item),
    });
    this.#manager.on('stack-item-added', ({ stackItem }: { stackItem: { meta: Map<unknown, unknown> } }) => stackItem.meta.set(SELECTION, this.before));
    this.#manager.on('stack-item-popped', ({ stackItem }: { stackItem: { meta: Map<unknown, unknown> } }) => {
      const held = stackItem.meta.get(SELECTION) as Held | null | undefined;
      if (held) binding.select(held);
    });
  }

  get canUndo(): boolean {
    return this.#manager.canUndo();
  }

  get canRedo(): boolean {
    return this.#manager.canRedo();
  }

  undo(): boolean {
    this.#findMoved();
    return this.#pop(() => this.#manager.undo());
  }

  redo(): boolean {
    return this.#pop(() => this.#manager.redo());
  }

  /** What comes next is a step of its own. */
  stopCapturing(): void {
    this.#manager.stopCapturing();
  }

  isOwn({ origin }: Y.Transaction): boolean {
    return origin === this.#manager;
  }

  destroy(): void {
    this.#manager.destroy();
  }

  /** What was written here and moved by others is taken back where it is now. */
  #findMoved(): void {
    const { doc, moves } = this.#binding;
    const own = moves.copies().filter(({ of }) => of.client === doc.clientID);
    for (const { insertions } of own.length > 0 ? this.#manager.undoStack : []) {
      for (const { client, clock, of } of own) {
        const written = [...(insertions.clients.get(of.client) ?? [])].filter(({ clock: first, len }) => first < of.clock + of.length && of.clock < first + len);
        for (const { clock: first, len } of written) {
          const [from, to] = [Math.max(first, of.clock), Math.min(first + len, of.clock + of.length)];
          const there = clock + from - of.clock;
          if (Y.isDeleted(insertions, Y.createID(client, there))) continue;
          const ranges = insertions.clients.get(client) ?? [];
          insertions.clients.set(client, [...ranges, { clock: there, len: to - from }].sort((a, b) => a.clock - b.clock));
        }
      }
    }
  }

  #pop(run: () => unknown): boolean {
    this.before = this.#binding.selection;
    this.#gone.clear();
    return run() !== null;
  }

  /** A block mark behind which there are only letters that others wrote right there. */
  #keeps(item: Y.Item): boolean {
    const map = mapIn(item);
    if (map === null || !isBlockMark(map)) return false;
    const found = lettersBehind(item, (author) => author !== this.#binding.doc.clientID, this.#gone);
    if (found === 'only words of one') return true;
    this.#gone.set(item, found);
    return false;
  }
}

type Found = 'nothing' | 'older letters' | 'only words of one';

/** Whether all letters behind a mark were written right there, and some by such an author. */
export function holdsOnlyWordsOf(item: Y.Item, isOne: (author: number) => boolean): boolean {
  return lettersBehind(item, isOne) === 'only words of one';
}

/** `known` is what was found behind marks that are deleted. */
function lettersBehind(item: Y.Item, isOne: (author: number) => boolean, known?: ReadonlyMap<Y.Item, Found>): Found {
  const here = new Set<Y.Item>([item]);
  let found = false;
  for (let at = item.right; at; at = at.right) {
    const next = at.deleted ? null : mapIn(at);
    if (next && isBlockMark(next)) break;
    const further = known?.get(at);
    if (further === 'older letters') return further;
    if (further) break;
    // Letters that were there before the mark continue what is in front of it.
    const grown = at.origin !== null && isIn(here, at);
    if (grown) here.add(at);
    if (at.deleted || !at.countable) continue;
    if (!grown) return 'older letters';
    found ||= isOne(at.id.client);
  }
  return found ? 'only words of one' : 'nothing';
}

/** Whether an item was written behind one of these. */
export function isIn(items: ReadonlySet<Y.Item>, { origin, parent }: Y.Item): boolean {
  const { doc } = parent as Y.AbstractType<unknown>;
  const left = doc && origin ? (Y.getItem(doc.store, origin) as Y.Item | Y.GC) : null;
  return left instanceof Y.Item && items.has(left);
}
