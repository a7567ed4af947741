/** Which tables can be written with strokes: a header row above rows of single paragraphs. Pure. */
import type { Node } from '@tiptap/pm/model';

export function isPlainTable(table: Node): boolean {
  const rows = table.content.content;
  const width = rows[0]?.childCount ?? 0;
  if (width === 0) return false;
  const aligns = cellAligns(table);
  return rows.every((row, at) =>
    row.childCount === width && row.content.content.every((cell, column) => isPlainCell(cell, at === 0) && (cell.attrs.align ?? null) === aligns[column]),
  );
}

function isPlainCell({ type, attrs, childCount, firstChild }: Node, header: boolean): boolean {
  const single = attrs.colspan === 1 && attrs.rowspan === 1 && !attrs.colwidth;
  return single && type.name === (header ? 'tableHeader' : 'tableCell') && childCount === 1 && firstChild?.type.name === 'paragraph';
}

/** How the columns are aligned, by their headers. */
export function cellAligns(table: Node): (string | null)[] {
  return table.firstChild?.content.content.map(({ attrs }) => (typeof attrs.align === 'string' ? attrs.align : null)) ?? [];
}
