/** Finds text in a document, block by block. Pure. */
import type { Node } from '@tiptap/pm/model';
import { canonical } from '../../page/canonical';
import { changed, refreshed } from '../changed';

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

  constructor({ text, caseSensitive, wholeWord }: Query) {
    const plain = text.normalize('NFC').replace(/[.*+?^${}()|[\]\\/-]/g, (sign) => `\\x${sign.charCodeAt(0).toString(16).padStart(2, '0')}`);
    const pattern = wholeWord ? `(?<!${LETTER})${plain}(?!${LETTER})` : plain;
    this.#pattern = text === '' ? null : new RegExp(pattern, caseSensitive ? 'gu' : 'giu');
  }

  in(doc: Node): Match[] {
    return this.#between(doc, 0, doc.content.size);
  }

  /** What is there after a change, from what was there before. */
  again(matches: readonly Match[], before: Node, after: Node): Match[] {
    const move = ({ from, to }: Match, by: number) => ({ from: from + by, to: to + by });
    return refreshed(matches, changed(before, after), ({ from }) => from, move, (from, to) => this.#between(after, from, to));
  }

  #between(doc: Node, from: number, to: number): Match[] {
    const matches: Match[] = [];
    if (!this.#pattern || from === to) return matches;
    doc.nodesBetween(from, to, (block, position) => {
      if (block.isTextblock) this.#inBlock(block, position + 1, matches);
      return !block.isTextblock;
    });
    return matches;
  }

  #inBlock(block: Node, start: number, matches: Match[]): void {
    const { text, at } = textOf(block);
    const composed = canonical(text);
    for (const { index, 0: { length } } of composed.text.matchAll(this.#pattern!)) {
      const { from, to } = composed.range(index, index + length);
      matches.push({ from: start + at(from), to: start + at(to - 1) + 1 });
    }
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
