/** Tables whose cells are bounded, and which are seen whole when they are new. */
import { Extension, type Editor } from '@tiptap/core';
import { Table as Basic } from '@tiptap/extension-table';
import { Fragment, type Attrs, type Node, type NodeType, type Schema } from '@tiptap/pm/model';
import type { EditorState, Plugin } from '@tiptap/pm/state';
import { isShared } from './binding/key';
import { changed } from './changed';

/** Columns or rows that one cell may cover, as in HTML. */
const SPAN_MAX = 1_000;
/** Places that the merged cells of a table may cover together, and that a table with such cells may have. */
const COVERED_MAX = 10_000;
const PLACES_MAX = 100_000;
const WIDTH_PX_MAX = 10_000;

/** Before the first node is made, and so before the document is read. */
const BoundedTables = Extension.create({
  name: 'boundedTables',
  priority: 2000,

  onBeforeCreate() {
    boundTables(this.editor.schema);
  },
});

export const Table = Basic.extend({
  addExtensions: () => [BoundedTables],

  addProseMirrorPlugins() {
    const plugins = this.parent?.() ?? [];
    plugins.forEach(completeOnlyTables);
    return plugins;
  },

  addCommands() {
    const commands = this.parent?.() ?? {};
    const { insertTable } = commands;
    if (!insertTable) return commands;
    return {
      ...commands,
      insertTable: (options) => (props) => {
        const done = insertTable(options)(props);
        if (done && props.dispatch) requestAnimationFrame(() => showWhole(props.editor));
        return done;
      },
    };
  },
});

/**
 * To complete the tables that changed, the library holds each block that changed against each from before: seconds in a long text.
 * It is told of those with tables alone, and of none where somebody else made the change, whose page it is to complete it.
 */
function completeOnlyTables(plugin: Plugin): void {
  const append = plugin.spec.appendTransaction;
  if (!append) return;
  plugin.spec.appendTransaction = (transactions, old, state) => {
    const before = transactions.some(isShared) ? state : ({ doc: withOldTables(old.doc, state.doc) } as EditorState);
    return append.call(plugin, transactions, before, state);
  };
}

/** The document, with another block in the place of each that changed and holds a table. */
function withOldTables(before: Node, doc: Node): Node {
  if (before === doc) return doc;
  const { from, afterTo } = changed(before, doc);
  const found = new Set<Node>();
  doc.nodesBetween(from, afterTo, (node, position) => {
    if (node.type.spec.tableRole === 'table') found.add(doc.child(doc.resolve(position).index(0)));
    return !node.isTextblock;
  });
  if (found.size === 0) return doc;
  for (const block of before.children) found.delete(block);
  const filler = doc.type.schema.nodes.paragraph!.create();
  return doc.copy(Fragment.fromArray(doc.children.map((block, index) => (found.has(block) ? (before.maybeChild(index) ?? filler) : block))));
}

/** Laying out a table takes time and memory for every place in it, and what a cell says of its size is a stranger's input. */
export function boundTables(schema: Schema): void {
  const { table, tableCell, tableHeader } = schema.nodes;
  for (const cell of [tableCell, tableHeader]) if (cell) boundAttributes(cell);
  if (table) boundContent(table);
}

interface Computing {
  computeAttrs: (attrs: Attrs | null) => Attrs;
}

function boundAttributes(type: NodeType): void {
  const inner = type as unknown as Computing;
  const compute = inner.computeAttrs.bind(type);
  inner.computeAttrs = (attrs) => {
    const all = compute(attrs);
    const colspan = span(all.colspan);
    return { ...all, colspan, rowspan: span(all.rowspan), colwidth: widths(all.colwidth, colspan), align: /^(left|center|right)$/.test(String(all.align)) ? all.align : null };
  };
}

function span(value: unknown): number {
  const wanted = Math.trunc(Number(value));
  return wanted >= 1 ? Math.min(wanted, SPAN_MAX) : 1;
}

function widths(value: unknown, columns: number): number[] | null {
  const fits = Array.isArray(value) && value.length === columns && value.every((width) => typeof width === 'number' && width >= 0 && width <= WIDTH_PX_MAX);
  return fits ? (value as number[]) : null;
}

/** The three ways in which nodes are made. */
function boundContent(table: NodeType): void {
  for (const name of ['create', 'createChecked', 'createAndFill'] as const) {
    const make = table[name].bind(table) as (attrs?: Attrs | null, content?: Parameters<NodeType['create']>[1], marks?: Parameters<NodeType['create']>[2]) => Node;
    table[name] = (attrs?: Attrs | null, content?: Parameters<NodeType['create']>[1], marks?: Parameters<NodeType['create']>[2]) => make(attrs, bounded(Fragment.from(content)), marks);
  }
}

/** A table that would be too large is one without merged cells. */
function bounded(rows: Fragment): Fragment {
  let [covered, width] = [0, 0];
  rows.forEach((row) => {
    let own = 0;
    row.forEach(({ attrs: { colspan = 1, rowspan = 1 } }) => {
      own += colspan;
      if (colspan > 1 || rowspan > 1) covered += colspan * Math.min(rowspan, rows.childCount);
    });
    width = Math.max(width, own);
  });
  if (covered === 0 || (covered <= COVERED_MAX && width * rows.childCount <= PLACES_MAX)) return rows;
  const single = (cell: Node) => cell.type.create({ ...cell.attrs, colspan: 1, rowspan: 1, colwidth: null }, cell.content, cell.marks);
  return Fragment.fromArray(rows.content.map((row) => row.copy(Fragment.fromArray(row.content.content.map(single)))));
}

/** The table around the caret comes into view whole, or from its first row on. */
function showWhole({ state: { selection }, view, isDestroyed }: Editor): void {
  if (isDestroyed) return;
  for (let depth = selection.$from.depth; depth > 0; depth -= 1) {
    if (selection.$from.node(depth).type.name !== 'table') continue;
    const dom = view.nodeDOM(selection.$from.before(depth));
    const box = dom instanceof HTMLElement ? dom.getBoundingClientRect() : null;
    const margin = view.someProp('scrollMargin') as unknown as { top: number; bottom: number } | undefined;
    if (!box || !margin) return;
    const below = box.bottom - (innerHeight - margin.bottom);
    if (below > 0) scrollBy({ top: Math.min(below, box.top - margin.top) });
    return;
  }
}
