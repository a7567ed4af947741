/**
 * Positions of the editor as places in the shared text and back. A place is the letter to the left or right of it, so it stays between
 * its letters whatever others do around them.
 */
import * as Y from 'yjs';
import { eachLeaf, MARK, type Block } from './block';
import { mapIn, TEXT } from './format';
import type { Model } from './model';
import { push, type Units } from './units';

export interface Place {
  readonly block: Block;
  /** Letters before it in the block; -1 before the block itself. */
  readonly offset: number;
}

/** Which letter a place holds on to. */
export type Side = 'left' | 'right';

export class Places {
  readonly #model: Model;

  constructor(model: Model) {
    this.#model = model;
  }

  /** The place of a position in the document that the model shows; null between blocks. */
  at(position: number): Place | null {
    let start = 0;
    for (const { part: { node }, blocks } of this.#model.chunks) {
      const end = start + node.nodeSize;
      if (position > end || (position === end && position !== start)) {
        start = end;
        continue;
      }
      let index = 0;
      let found: Place | null = null;
      eachLeaf(node, start, (leaf, from) => {
        const block = blocks[index++]!;
        if (leaf.isTextblock ? position > from && position <= from + 1 + leaf.content.size : position === from) found = { block, offset: position - from - 1 };
      });
      return found;
    }
    return null;
  }

  position({ block, offset }: Place): number | null {
    const chunk = this.#model.chunkOf(block);
    if (!chunk) return null;
    let start = 0;
    for (const one of this.#model.chunks) {
      if (one === chunk) break;
      start += one.part.node.nodeSize;
    }
    let index = 0;
    let found: number | null = null;
    eachLeaf(chunk.part.node, start, (leaf, from) => {
      if (chunk.blocks[index++] === block) found = leaf.isTextblock ? from + 1 + Math.min(Math.max(offset, MARK), leaf.content.size) : from;
    });
    return found;
  }

  /** Null where there is nothing to hold on to. */
  relative(position: number, side: Side): Y.RelativePosition | null {
    const place = this.at(position);
    if (!place || place.block.filler) return null;
    const { block, offset } = place;
    if (offset === MARK) return block.mark && toItem(block.mark._item!.id, 0);
    const letter = side === 'right' && offset < block.length ? this.#letter(block, offset) : null;
    if (letter) return toItem(letter, 0);
    const before = offset > 0 ? this.#letter(block, offset - 1) : (this.#opening(block)?.id ?? null);
    return before ? toItem(before, -1) : new Y.RelativePosition(null, TEXT, null, -1);
  }

  /** The units of a block from an offset on, by who wrote them. */
  units(block: Block, offset: number, length: number): Units[] {
    const found: Units[] = [];
    let [at, left] = [offset, length];
    if (at === MARK) {
      const { id } = block.mark!._item!;
      push(found, { client: id.client, clock: id.clock, length: 1 });
      [at, left] = [0, left - 1];
    }
    const opening = this.#opening(block);
    for (let item = opening ? opening.right : this.#model.text._start; item && left > 0; item = item.right) {
      if (item.deleted || !item.countable) continue;
      const run = Math.min(item.length - at, left);
      if (run > 0) {
        push(found, { client: item.id.client, clock: item.id.clock + at, length: run });
        left -= run;
      }
      at = Math.max(0, at - item.length);
    }
    return found;
  }

  /** Null if it points to what is not here (yet). */
  absolute(relative: Y.RelativePosition): number | null {
    const { item: id, assoc } = relative;
    if (!id) return this.#begin();
    const found = this.#find(id);
    if (!found) return null;
    const [item, diff] = found;
    if (item.parent !== this.#model.text) return null;
    const alive = !item.deleted && item.countable;
    const map = alive ? mapIn(item) : null;
    const own = map && this.#model.blockOf(map);
    if (own) return this.position(assoc < 0 ? this.#behind(own, 0) : { block: own, offset: MARK });
    return this.#leftOf(item, alive ? diff + (assoc < 0 ? 1 : 0) : 0);
  }

  #find({ client, clock }: Y.ID): [Y.Item, number] | null {
    const { store } = this.#model.text.doc!;
    let [id, diff] = [Y.createID(client, clock), 0];
    // What was undone and done again has another id.
    for (let hops = 0; hops < 1_000; hops += 1) {
      if (Y.getState(store, id.client) <= id.clock) return null;
      const item = Y.getItem(store, id) as Y.Item | Y.GC;
      if (!(item instanceof Y.Item)) return null;
      diff = id.clock - item.id.clock;
      if (!item.redone) return [item, diff];
      id = Y.createID(item.redone.client, item.redone.clock + diff);
    }
    return null;
  }

  #leftOf(item: Y.Item, letters: number): number | null {
    let offset = letters;
    for (let at = item.left; at; at = at.left) {
      if (at.deleted || !at.countable) continue;
      const map = mapIn(at);
      const block = map && this.#model.blockOf(map);
      if (block) return this.position(this.#behind(block, offset));
      offset += at.length;
    }
    const { head } = this.#model;
    return head ? this.position({ block: head, offset }) : this.#begin();
  }

  /** Letters behind a block without text are in the next. */
  #behind(block: Block, offset: number): Place {
    const next = block.node.isTextblock ? null : this.#model.behind(block);
    return next ? { block: next, offset } : { block, offset };
  }

  #begin(): number | null {
    const first = this.#model.chunks[0]?.blocks[0];
    return first ? this.position({ block: first, offset: 0 }) : null;
  }

  /** The item in front of a block's letters. */
  #opening(block: Block): Y.Item | null {
    if (block.mark) return block.mark._item;
    return block === this.#model.head ? null : (this.#model.before(block)?.mark?._item ?? null);
  }

  #letter(block: Block, offset: number): Y.ID | null {
    const opening = this.#opening(block);
    let left = offset;
    for (let item = opening ? opening.right : this.#model.text._start; item; item = item.right) {
      if (item.deleted || !item.countable) continue;
      if (left < item.length) return Y.createID(item.id.client, item.id.clock + left);
      left -= item.length;
    }
    return null;
  }
}

function toItem(id: Y.ID, assoc: number): Y.RelativePosition {
  return new Y.RelativePosition(null, null, id, assoc);
}
