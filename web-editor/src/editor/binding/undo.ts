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
  /** Marks that go with the step that is taken back, the last first: behind them nobody else's words are. */
  readonly #gone = new Set<Y.Item>();
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

  #pop(run: () => unknown): boolean {
    this.before = this.#binding.selection;
    this.#gone.clear();
    return run() !== null;
  }

  /** A block mark behind which there are only letters that others wrote right there. */
  #keeps(item: Y.Item): boolean {
    const map = mapIn(item);
    if (map === null || !isBlockMark(map)) return false;
    const keeps = holdsOnlyWordsOf(item, (author) => author !== this.#binding.doc.clientID, this.#gone);
    if (!keeps) this.#gone.add(item);
    return keeps;
  }
}

/** Whether all letters behind a mark, up to the next or one of `ends`, were written right there, and some by such an author. */
export function holdsOnlyWordsOf(item: Y.Item, isOne: (author: number) => boolean, ends: ReadonlySet<Y.Item> = new Set()): boolean {
  const here = new Set<Y.Item>([item]);
  let found = false;
  for (let at = item.right; at; at = at.right) {
    const next = at.deleted ? null : mapIn(at);
    if ((next && isBlockMark(next)) || ends.has(at)) break;
    // Letters that were there before the mark continue what is in front of it.
    const grown = at.origin !== null && isIn(here, at);
    if (grown) here.add(at);
    if (at.deleted || !at.countable) continue;
    if (!grown) return false;
    found ||= isOne(at.id.client);
  }
  return found;
}

function isIn(items: ReadonlySet<Y.Item>, { origin, parent }: Y.Item): boolean {
  const { doc } = parent as Y.AbstractType<unknown>;
  const left = doc && origin ? (Y.getItem(doc.store, origin) as Y.Item | Y.GC) : null;
  return left instanceof Y.Item && items.has(left);
}
