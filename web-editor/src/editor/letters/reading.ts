/** What a person has before them: which letters, how often, and which letter follows which in the same block. */
import type { Node } from '@tiptap/pm/model';
import type { Selection } from '@tiptap/pm/state';
import { numbersIn } from './alphabet';

export class Reading {
  readonly times: Uint8Array;
  readonly next: Int32Array;

  constructor(letters: number) {
    this.times = new Uint8Array(letters);
    this.next = new Int32Array(letters).fill(-1);
  }

  static of(doc: Node, letters: number): Reading {
    const reading = new Reading(letters);
    doc.descendants((node) => {
      if (!node.isTextblock) return true;
      reading.add(numbersIn(node.textContent));
      return false;
    });
    return reading;
  }

  /** A block with these letters. */
  add(block: readonly number[]): void {
    block.forEach((letter, index) => {
      this.times[letter]! += 1;
      this.next[letter] = block[index + 1] ?? -1;
    });
  }

  has(letter: number): boolean {
    return (this.times[letter] ?? 0) > 0;
  }
}

/** The letters beside a position in its block, the nearest first. */
export function lettersBeside(doc: Node, position: number): { left: number[]; right: number[] } {
  const { parent, parentOffset } = doc.resolve(position);
  if (!parent.isTextblock) return { left: [], right: [] };
  return {
    left: numbersIn(parent.textBetween(0, parentOffset)).reverse(),
    right: numbersIn(parent.textBetween(parentOffset, parent.content.size)),
  };
}

export function lettersSelected(doc: Node, { ranges }: Selection): number[] {
  return ranges.flatMap(({ $from, $to }) => numbersIn(doc.textBetween($from.pos, $to.pos)));
}
