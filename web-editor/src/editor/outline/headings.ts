/** The headings of a document, in order. Pure. */
import type { Node } from '@tiptap/pm/model';

export interface Heading {
  position: number;
  level: number;
  text: string;
}

export function headingsOf(doc: Node): Heading[] {
  const headings: Heading[] = [];
  doc.descendants((node, position) => {
    if (node.type.name === 'heading') headings.push({ position, level: Number(node.attrs.level) || 1, text: node.textContent.trim() });
    return !node.isTextblock;
  });
  return headings;
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
