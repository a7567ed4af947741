/** Finds text in a document, block by block. Blocks that stay the same are looked through once. Pure. */
import type { Node } from '@tiptap/pm/model';
import { canonical } from '../../page/canonical';

export interface Query {
  text: string;
  caseSensitive: boolean;
  wholeWord: boolean;
}

export interface Match {
  from: number;
  to: number;
}

const LETTER = '[\\p{L}\\p{N}\\p{M}_]';

/** A search for one query, to be repeated while the document changes. */
export class Search {
  readonly #pattern: RegExp | null;
  /** Matches in a block, by their distance to its start. */
  readonly #known = new WeakMap<Node, Match[]>();

  constructor({ text, caseSensitive, wholeWord }: Query) {
    const plain = text.normalize('NFC').replace(/[.*+?^${}()|[\]\\/-]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
    const pattern = wholeWord ? `(?<!${LETTER})${plain}(?!${LETTER})` : plain;
    this.#pattern = text === '' ? null : new RegExp(pattern, caseSensitive ? 'gu' : 'giu');
  }

  in(doc: Node): Match[] {
    const matches: Match[] = [];
    if (!this.#pattern) return matches;
    doc.descendants((block, position) => {
      if (!block.isTextblock) return true;
      for (const { from, to } of this.#inBlock(block)) matches.push({ from: position + 1 + from, to: position + 1 + to });
      return false;
    });
    return matches;
  }

  #inBlock(block: Node): Match[] {
    const known = this.#known.get(block);
    if (known) return known;
    const { text, at } = textOf(block);
    const composed = canonical(text);
    const found = [...composed.text.matchAll(this.#pattern!)].map(({ index, 0: { length } }) => {
      const { from, to } = composed.range(index, index + length);
      return { from: at(from), to: at(to - 1) + 1 };
    });
    this.#known.set(block, found);
    return found;
  }
}

/** The block's text with a sign for everything else, and where each of its characters stands in the block. */
function textOf(block: Node): { text: string; at: (index: number) => number } {
  let text = '';
  const pieces: { index: number; offset: number }[] = [];
  block.forEach((child, offset) => {
    pieces.push({ index: text.length, offset });
    text += child.isText ? child.text! : '\ufffc';
  });
  const at = (index: number): number => {
    const piece = pieces.findLast((piece) => piece.index <= index) ?? { index: 0, offset: 0 };
    return piece.offset + index - piece.index;
  };
  return { text, at };
}

/** The match to go to from a position: the first at or behind it, else the first of all; -1 without matches. */
export function matchFrom(matches: readonly Match[], position: number): number {
  const after = matches.findIndex(({ from }) => from >= position);
  return after === -1 && matches.length > 0 ? 0 : after;
}
