/** Other kinds and lists for very many blocks, as nodes to put in place of theirs. Pure. */
import { Fragment, type Attrs, type Node as ProseNode, type NodeType, type Schema } from '@tiptap/pm/model';

/** The blocks as ones of this type, wherever it may stand; what a list or a quote may not hold so is taken out of it. */
export function ofType(nodes: readonly ProseNode[], type: NodeType, attributes: Attrs): ProseNode[] {
  const typed = nodes.map((node) => retyped(node, type, attributes));
  return typed.some((node, index) => node !== nodes[index]) ? typed : freed(nodes).map((node) => retyped(node, type, attributes));
}

/** The blocks as plain paragraphs, outside of lists and quotes. */
export function freed(nodes: readonly ProseNode[]): ProseNode[] {
  return nodes.flatMap((node) => {
    if (node.isTextblock) return [asParagraph(node)];
    return node.isLeaf || node.type.spec.isolating || node.type.spec.tableRole ? [node] : freed(node.children);
  });
}

/** The blocks as items of such a list; without it where all are. What no item can hold stays between lists. */
export function listed(nodes: readonly ProseNode[], listType: NodeType, itemType: NodeType, attributes: Attrs): ProseNode[] {
  if (nodes.every(({ type }) => type === listType)) return nodes.flatMap(({ children }) => children.flatMap((item) => item.children));
  const all: ProseNode[] = [];
  let items: ProseNode[] = [];
  const end = () => {
    if (items.length > 0) all.push(listType.create(attributes, items));
    items = [];
  };
  for (const node of nodes) {
    const own = itemsOf(node, itemType);
    if (own) for (const item of own) items.push(item);
    else end(), all.push(node);
  }
  end();
  return all;
}

export type Contents = readonly { readonly start: number; readonly size: number }[];

/** Where the texts and the leaves are among nodes that begin at `position`, in order. */
export function contents(nodes: readonly ProseNode[], position: number): Contents {
  const found: { start: number; size: number }[] = [];
  const look = (node: ProseNode, at: number): void => {
    if (node.isTextblock || node.isLeaf) found.push(node.isLeaf ? { start: at, size: node.nodeSize } : { start: at + 1, size: node.content.size });
    else node.forEach((child, offset) => look(child, at + 1 + offset));
  };
  let at = position;
  for (const node of nodes) {
    look(node, at);
    at += node.nodeSize;
  }
  return found;
}

function itemsOf(node: ProseNode, itemType: NodeType): ProseNode[] | null {
  if (node.isTextblock) return [itemType.create(null, asParagraph(node))];
  if (!(node.type.spec.group ?? '').split(' ').includes('list')) return null;
  const items = node.children.map((item) => (item.type === itemType ? item : itemType.create(null, item.content)));
  return items.every(({ content }) => itemType.validContent(content)) ? items : null;
}

function retyped(node: ProseNode, type: NodeType, attributes: Attrs): ProseNode {
  if (node.isTextblock) {
    const made = type.create(attributes, textFor(type, node), node.marks);
    return type.validContent(made.content) && made.content.size === node.content.size && !made.sameMarkup(node) ? made : node;
  }
  if (node.isLeaf) return node;
  const children = Fragment.fromArray(node.children.map((child) => retyped(child, type, attributes)));
  if (children.eq(node.content)) return node;
  return node.type.validContent(children) ? node.copy(children) : withInner(node, type, attributes);
}

/** Only what is further inside. */
function withInner(node: ProseNode, type: NodeType, attributes: Attrs): ProseNode {
  const children = node.children.map((child) => (child.isTextblock ? child : retyped(child, type, attributes)));
  return children.every((child, index) => child === node.child(index)) ? node : node.copy(Fragment.fromArray(children));
}

function asParagraph(node: ProseNode): ProseNode {
  return retyped(node, node.type.schema.nodes.paragraph!, {});
}

/** Lines end with a node in some types and with a letter in others; either is one position. */
function textFor(type: NodeType, { content, type: { schema } }: ProseNode): Fragment {
  return Fragment.fromArray(content.content.flatMap((child) => (type.spec.code ? [plain(child, schema)] : lines(child, schema)).map((one) => (one.isText ? one.mark(type.allowedMarks(one.marks)) : one))));
}

function plain(child: ProseNode, schema: Schema): ProseNode {
  return child.type === schema.linebreakReplacement ? schema.text('\n') : child;
}

function lines(child: ProseNode, schema: Schema): ProseNode[] {
  const { text } = child;
  const lineBreak = schema.linebreakReplacement;
  if (!text?.includes('\n') || !lineBreak) return [child];
  return text.split(/(\n)/).filter((part) => part !== '').map((part) => (part === '\n' ? lineBreak.create() : schema.text(part, child.marks)));
}
