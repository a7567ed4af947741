/** Finds text in a document, block by block. Pure. */
import type { Node } from '@tiptap/pm/model';

export interface Query {
  text: string;
  caseSensitive: boolean;
  wholeWord: boolean;
}

export interface Match {
  from: number;
  to: number;
}

/** Matches beyond this are neither counted nor marked. */
export const MATCHES_MAX = 2_000;
const LETTER = /[\p{L}\p{N}_]/u;

export function findMatches(doc: Node, query: Query): Match[] {
  const matches: Match[] = [];
  if (query.text === '') return matches;
  const pattern = new RegExp(query.text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&'), query.caseSensitive ? 'gu' : 'giu');
  doc.descendants((block, position) => {
    if (matches.length >= MATCHES_MAX) return false;
    if (!block.isTextblock) return true;
    searchBlock(block, position + 1, pattern, query, matches);
    return false;
  });
  return matches;
}

function searchBlock(block: Node, start: number, pattern: RegExp, { wholeWord }: Query, matches: Match[]): void {
  const { text, at } = textOf(block, start);
  for (const found of text.matchAll(pattern)) {
    const [index, end] = [found.index, found.index + found[0].length];
    if (wholeWord && (isLetter(text, index - 1) || isLetter(text, end))) continue;
    if (matches.length < MATCHES_MAX) matches.push({ from: at(index), to: at(end - 1) + 1 });
  }
}

/** The block's text with a sign for everything else, and where each of its characters stands in the document. */
function textOf(block: Node, start: number): { text: string; at: (index: number) => number } {
  let text = '';
  const pieces: { index: number; position: number }[] = [];
  block.forEach((child, offset) => {
    pieces.push({ index: text.length, position: start + offset });
    text += child.isText ? child.text! : '\ufffc';
  });
  const at = (index: number): number => {
    const piece = pieces.findLast((piece) => piece.index <= index) ?? { index: 0, position: start };
    return piece.position + index - piece.index;
  };
  return { text, at };
}

function isLetter(text: string, index: number): boolean {
  return index >= 0 && index < text.length && LETTER.test(text[index]!);
}

/** The match to go to from a position: the first at or behind it, else the first of all; -1 without matches. */
export function matchFrom(matches: readonly Match[], position: number): number {
  const after = matches.findIndex(({ from }) => from >= position);
  return after === -1 && matches.length > 0 ? 0 : after;
}
