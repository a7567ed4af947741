/** The headings of a document, in order. Pure. */
import type { Node } from '@tiptap/pm/model';
import { changed, refreshed } from '../changed';

export interface Heading {
  position: number;
  level: number;
  text: string;
}

export function headingsOf(doc: Node, from = 0, to = doc.content.size): Heading[] {
  const headings: Heading[] = [];
  if (from === to) return headings;
  doc.nodesBetween(from, to, (node, position) => {
    if (node.type.name === 'heading') headings.push({ position, level: Number(node.attrs.level) || 1, text: node.textContent.trim() });
    return !node.isTextblock;
  });
  return headings;
}

/** Those after a change, from those before it. */
export function headingsAgain(headings: readonly Heading[], before: Node, after: Node): Heading[] {
  const move = (heading: Heading, by: number) => ({ ...heading, position: heading.position + by });
  return refreshed(headings, changed(before, after), ({ position }) => position, move, (from, to) => headingsOf(after, from, to));
}

/** The heading a position is under; -1 before the first. */
export function headingAt(headings: readonly Heading[], position: number): number {
  return headings.findLastIndex((heading) => heading.position <= position);
}

/** Levels without gaps: a document that starts with level 2 is not indented, and 1 to 3 is one step. */
export function depths(headings: readonly Heading[]): number[] {
  const open: number[] = [];
  return headings.map(({ level }) => {
    while (open.length > 0 && open.at(-1)! >= level) open.pop();
    open.push(level);
    return open.length - 1;
  });
}
