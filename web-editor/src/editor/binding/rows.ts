/**
 * Rows of a table as long as its longest. Two who change the rows and columns of one table at once leave rows of different lengths, and
 * the editor's commands need a rectangle. Pure.
 */
import { Fragment } from '@tiptap/pm/model';
import type { Part } from './block';

/** A table that lacks more is shown as it is: who wrote it did so on purpose. */
const MISSING_CELLS_MAX = 1_000;

/** The rows, with `cell` in the places that are missing at their ends. */
export function completed(rows: readonly Part[], cell: () => Part): readonly Part[] {
  // What merged cells cover is for their author to say.
  if (rows.some(({ parts }) => parts.some(({ node: { attrs } }) => attrs.colspan > 1 || attrs.rowspan > 1))) return rows;
  const width = rows.reduce((most, { parts }) => Math.max(most, parts.length), 0);
  const missing = rows.reduce((sum, { parts }) => sum + width - parts.length, 0);
  if (missing === 0 || missing > MISSING_CELLS_MAX) return rows;
  return rows.map((row) => {
    const parts = [...row.parts, ...Array.from({ length: width - row.parts.length }, cell)];
    return parts.length === row.parts.length ? row : { ...row, node: row.node.copy(Fragment.from(parts.map(({ node }) => node))), parts };
  });
}
