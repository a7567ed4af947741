/** What a person's hand does: goes to a place, selects, and says what it means to delete. */
import type { Editor } from '@tiptap/core';
import type { Node } from '@tiptap/pm/model';
import { letterOf } from './alphabet';
import type { Oracle } from './oracle';
import type { Person } from './person';
import type { Random } from './random';
import { lettersBeside, lettersSelected } from './reading';

/** Where people work together they work near what was typed last. */
const RECENT_MAX = 24;

export interface Block {
  /** Where its content begins. */
  at: number;
  node: Node;
}

export class Hand {
  /** Letters that the present operation means to delete. */
  readonly meant = new Set<number>();
  /** The operation is an undo or a redo. */
  timeTravel = false;

  constructor(
    readonly person: Person,
    readonly index: number,
    readonly random: Random,
    readonly oracle: Oracle,
    readonly recent: number[],
  ) {}

  get editor(): Editor {
    return this.person.editor!;
  }

  get doc(): Node {
    return this.editor.state.doc;
  }

  mean(letters: Iterable<number>): void {
    for (const letter of letters) this.meant.add(letter);
  }

  meanSelection(): void {
    this.mean(lettersSelected(this.doc, this.editor.state.selection));
  }

  remember(letter: number): void {
    this.recent.push(letter);
    if (this.recent.length > RECENT_MAX) this.recent.shift();
  }

  blocks(inside: string | null = null): Block[] {
    const found: Block[] = [];
    this.doc.descendants((node, position) => {
      if (!node.isTextblock) return true;
      if (inside === null || hasAncestor(this.doc, position, inside)) found.push({ at: position + 1, node });
      return false;
    });
    return found;
  }

  /** Mostly where something happens, else anywhere. */
  block(inside: string | null = null): Block | null {
    const blocks = this.blocks(inside);
    if (blocks.length === 0) return null;
    const letter = letterOf(this.random.pick(this.recent));
    const busy = this.random.chance(0.6) ? blocks.find(({ node }) => node.textContent.includes(letter)) : undefined;
    return busy ?? this.random.pick(blocks);
  }

  /** Puts the caret somewhere; false where there is no such place. */
  wander(inside: string | null = null): boolean {
    const block = this.block(inside);
    if (!block) return false;
    const { size } = block.node.content;
    // People go on at the end of a block more often than inside a word.
    this.person.select(block.at + (this.random.chance(0.4) ? size : this.random.whole(0, size)));
    return true;
  }

  /** Selects a few letters of one block. */
  selectSome(most: number): boolean {
    const block = this.block();
    if (!block || block.node.content.size === 0) return false;
    const { size } = block.node.content;
    const from = this.random.whole(0, size - 1);
    this.person.select(block.at + from, block.at + Math.min(size, from + this.random.whole(1, most)));
    return true;
  }

  /** What is written at the caret now comes between the letters beside it. */
  writesHere(goesOn: boolean): void {
    const { left, right } = lettersBeside(this.doc, this.editor.state.selection.from);
    this.oracle.wroteBetween(left[0], right[0], goesOn);
  }
}

export function hasAncestor(doc: Node, position: number, name: string): boolean {
  const place = doc.resolve(position);
  for (let depth = place.depth; depth > 0; depth--) if (place.node(depth).type.name === name) return true;
  return false;
}
