/** Which blocks a transaction touched. Looks at the items it brought and took, and from each to the mark before it. Pure. */
import * as Y from 'yjs';
import type { Block } from './block';
import { containerOfKey, mapIn } from './format';

export class Touched {
  /** Blocks that were there before, are there still, and changed or have a change behind them. */
  readonly blocks = new Set<Block>();
  readonly containers = new Set<string>();
  /** Something changed before the first mark. */
  start = false;
  /** A mark became an atom or the other way round, which no page of ours does. */
  strange = false;
  readonly #text: Y.Text;
  readonly #byMark: ReadonlyMap<Y.Map<unknown>, Block>;
  readonly #seen = new Set<Y.Item>();

  constructor(transaction: Y.Transaction, text: Y.Text, containers: Y.Map<unknown>, byMark: ReadonlyMap<Y.Map<unknown>, Block>) {
    this.#text = text;
    this.#byMark = byMark;
    const { changed, deleteSet } = transaction;
    for (const [type, keys] of changed) {
      if ((type as unknown) === containers) for (const key of keys) if (key !== null) this.containers.add(containerOfKey(key));
      if (type instanceof Y.Map && type._item?.parent === text) this.#attributes(type._item, keys, transaction);
    }
    if (!changed.has(text as never)) return;
    eachNew(transaction, (item) => this.#item(item));
    Y.iterateDeletedStructs(transaction, deleteSet, (struct) => struct instanceof Y.Item && this.#item(struct));
  }

  get any(): boolean {
    return this.start || this.blocks.size > 0 || this.containers.size > 0;
  }

  #attributes(item: Y.Item, keys: ReadonlySet<string | null>, { beforeState }: Y.Transaction): void {
    if (item.deleted) return;
    const isNew = item.id.clock >= (beforeState.get(item.id.client) ?? 0);
    if (!isNew && keys.has('inline')) this.strange = true;
    this.#anchor(item);
  }

  #item(item: Y.Item): void {
    if (item.parent === this.#text) this.#anchor(item);
  }

  /** Finds the mark that was there before and is before this item, or is it. */
  #anchor(item: Y.Item): void {
    for (let at: Y.Item | null = item; at; at = at.left) {
      if (this.#seen.has(at)) return;
      this.#seen.add(at);
      const map = at.deleted ? null : mapIn(at);
      const block = map && this.#byMark.get(map);
      if (block) return void this.blocks.add(block);
    }
    this.start = true;
  }
}

/** Visits the items that a transaction brought. */
export function eachNew({ doc, beforeState, afterState }: Y.Transaction, visit: (item: Y.Item) => unknown): void {
  for (const [client, after] of afterState) {
    const before = beforeState.get(client) ?? 0;
    if (before === after) continue;
    const structs = doc.store.clients.get(client)!;
    for (let index = Y.findIndexSS(structs as Y.Item[], before); index < structs.length; index += 1) {
      const struct = structs[index]!;
      if (struct instanceof Y.Item) visit(struct);
    }
  }
}
