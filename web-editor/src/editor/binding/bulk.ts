/**
 * Changes of very many blocks at once. The editor's commands make a step for each block, and each step, and each plugin that looks at
 * the steps, goes through the whole document: ten seconds for bold on 5,000 paragraphs. Here that is one step.
 */
import { commands as core, Extension, getMarkType, getNodeType, type CommandProps } from '@tiptap/core';
import { Fragment, type Mark, type MarkType, type Node as ProseNode } from '@tiptap/pm/model';
import { Selection, type EditorState, type Transaction } from '@tiptap/pm/state';
import { contents, freed, listed, ofType, type Contents } from './bulk-blocks';
import { ReplaceNodes, STEPS_MIN } from './step';
import { rangesAround, stretches } from './stretches';

/** From so many blocks on. */
const BLOCKS_MIN = 100;

export const Bulk = Extension.create({
  name: 'bulk',
  // Behind the editor's own, whose commands it replaces.
  priority: 10,

  addCommands() {
    return {
      setMark: (name, attributes = {}) => (props) => {
        const type = getMarkType(name, props.state.schema);
        const added = (node: ProseNode, parent: ProseNode) => {
          if (!parent.type.allowsMarkType(type)) return node.marks;
          const old = node.marks.find((mark) => mark.type === type);
          return type.create({ ...old?.attrs, ...attributes }).addToSet(node.marks as Mark[]);
        };
        return isWide(props.tr) ? marked(props.tr, props.dispatch !== undefined, type, added) : core.setMark(name, attributes)(props);
      },
      unsetMark: (name, options) => (props) => {
        const type = getMarkType(name, props.state.schema);
        return isWide(props.tr) ? marked(props.tr, props.dispatch !== undefined, type, (node) => type.removeFromSet(node.marks as Mark[])) : core.unsetMark(name, options)(props);
      },
      setNode: (name, attributes = {}) => (props) => {
        const type = getNodeType(name, props.state.schema);
        return replaced(props, (nodes) => ofType(nodes, type, attributes)) ?? core.setNode(name, attributes)(props);
      },
      clearNodes: () => (props) => replaced(props, freed) ?? core.clearNodes()(props),
      toggleList: (list, item, keepMarks, attributes = {}) => (props) => {
        const [listType, itemType] = [getNodeType(list, props.state.schema), getNodeType(item, props.state.schema)];
        return replaced(props, (nodes) => listed(nodes, listType, itemType, attributes)) ?? core.toggleList(list, item, keepMarks, attributes)(props);
      },
    };
  },

  dispatchTransaction({ transaction, next }) {
    next(transaction.steps.length < STEPS_MIN ? transaction : compacted(transaction, this.editor.state));
  },
});

function isWide({ selection: { $from, $to } }: Transaction): boolean {
  return $to.index(0) - $from.index(0) >= BLOCKS_MIN;
}

/** The top-level nodes that are selected, if these are very many blocks and all of each node. */
function wide({ selection: { $from, $to, from, to }, doc }: Transaction): { first: number; end: number; nodes: ProseNode[]; position: number; texts: Contents } | null {
  const [first, end] = [$from.index(0), $to.index(0) + ($to.depth > 0 ? 1 : 0)];
  const nodes = doc.children.slice(first, end);
  const position = $from.posAtIndex(first, 0);
  const texts = contents(nodes, position);
  const [start, last] = [texts[0], texts.at(-1)];
  const isCovered = start !== undefined && last !== undefined && from <= start.start + start.size && to >= last.start;
  return isCovered && texts.length >= BLOCKS_MIN ? { first, end, nodes, position, texts } : null;
}

/** Other nodes in place of those that are selected, with the same texts and leaves in the same order; null if they are not many. */
function replaced({ tr, dispatch }: CommandProps, change: (nodes: readonly ProseNode[]) => ProseNode[]): boolean | null {
  const selected = wide(tr);
  if (!selected || !dispatch) return selected && true;
  const { first, end, nodes, position, texts } = selected;
  const after = change(nodes);
  const stayed = contents(after, position).map(({ start, size }, index) => ({ old: texts[index]!.start, now: start, length: size }));
  const size = (all: readonly ProseNode[]) => all.reduce((sum, { nodeSize }) => sum + nodeSize, 0);
  tr.step(new ReplaceNodes(first, end, after, rangesAround(stayed, position, position + size(nodes), position + size(after))));
  tr.setMeta('preventAutolink', true);
  return true;
}

type Marks = (node: ProseNode, parent: ProseNode) => readonly Mark[];

function marked(tr: Transaction, write: boolean, type: MarkType, marks: Marks): boolean {
  if (!write) return true;
  for (const { $from, $to } of tr.selection.ranges) {
    const [first, end] = [$from.index(0), $to.index(0) + ($to.depth > 0 ? 1 : 0)];
    let position = $from.depth > 0 ? $from.before(1) : $from.pos;
    const nodes: ProseNode[] = [];
    for (let index = first; index < end; index += 1) {
      const node = tr.doc.child(index);
      nodes.push(within(node, position, $from.pos, $to.pos, marks));
      position += node.nodeSize;
    }
    tr.step(new ReplaceNodes(first, end, nodes, []));
  }
  tr.setSelection(Selection.fromJSON(tr.doc, tr.selection.toJSON() as object)).removeStoredMark(type);
  return true;
}

/** The node with other marks between two positions. */
function within(node: ProseNode, position: number, from: number, to: number, marks: Marks): ProseNode {
  if (node.isLeaf || position >= to || position + node.nodeSize <= from) return node;
  const children: ProseNode[] = [];
  node.forEach((child, offset) => {
    const at = position + 1 + offset;
    if (!child.isInline) return void children.push(within(child, at, from, to, marks));
    const [start, end] = [Math.max(from - at, 0), Math.min(to - at, child.nodeSize)];
    if (start >= end) return void children.push(child);
    const changed = (part: ProseNode) => part.mark(marks(part, node) as Mark[]);
    if (!child.isText || (start === 0 && end === child.nodeSize)) return void children.push(changed(child));
    if (start > 0) children.push(child.cut(0, start));
    children.push(changed(child.cut(start, end)));
    if (end < child.nodeSize) children.push(child.cut(end));
  });
  return node.copy(Fragment.fromArray(children));
}

/** The same change as one step. */
function compacted(transaction: Transaction, state: EditorState): Transaction {
  if (transaction.before !== state.doc) return transaction;
  const { before, doc, selection, storedMarks } = transaction;
  let first = 0;
  while (first < before.childCount && first < doc.childCount && before.child(first) === doc.child(first)) first += 1;
  const most = Math.min(before.childCount, doc.childCount) - first;
  let behind = 0;
  while (behind < most && before.child(before.childCount - 1 - behind) === doc.child(doc.childCount - 1 - behind)) behind += 1;
  const nodes = Array.from({ length: doc.childCount - first - behind }, (_, index) => doc.child(first + index));
  const tr = state.tr.step(new ReplaceNodes(first, before.childCount - behind, nodes, ranges(transaction)));
  tr.setSelection(Selection.fromJSON(tr.doc, selection.toJSON() as object)).setStoredMarks(storedMarks);
  for (const [key, value] of Object.entries((transaction as unknown as { meta: Record<string, unknown> }).meta)) tr.setMeta(key, value);
  return transaction.scrolledIntoView ? tr.scrollIntoView() : tr;
}

function ranges({ mapping, before, doc }: Transaction): number[] {
  const all: number[] = [];
  let [old, now] = [0, 0];
  const between = (oldNext: number, nowNext: number) => {
    if (oldNext > old || nowNext > now) all.push(old, oldNext - old, nowNext - now);
  };
  for (const kept of stretches(mapping.maps, 0, before.content.size)) {
    between(kept.old, kept.now);
    [old, now] = [kept.old + kept.length, kept.now + kept.length];
  }
  between(before.content.size, doc.content.size);
  return all;
}
