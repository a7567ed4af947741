/**
 * Blocks as a tree of the editor's schema. Merging can leave what the schema does not allow: a row without a table, a heading
 * where an item has to begin with a paragraph. It is completed for showing; nothing of that is written. Never throws.
 */
import { Fragment, type Node as ProseNode, type NodeType, type Schema } from '@tiptap/pm/model';
import { attributesFor, type Attributes } from './attributes';
import { chunkOf, type Block, type Chunk, type Part } from './block';
import { DEPTH_MAX, isSameContainer, NO_FORMATS, PLAIN, type Container } from './format';
import { completed } from './rows';

export class Tree {
  readonly #schema: Schema;
  readonly #attributes: (id: string, type: NodeType) => Record<string, unknown>;

  /** `attributes` are those of the container with this id. */
  constructor(schema: Schema, attributes: (id: string, type: NodeType) => Record<string, unknown>) {
    this.#schema = schema;
    this.#attributes = attributes;
  }

  /** The nodes of these blocks, one chunk each. A container of `before` is taken again where nothing in it changed. */
  build(blocks: readonly Block[], before: readonly Chunk[] = []): Chunk[] {
    // Nothing between other chunks needs nothing.
    if (blocks.length === 0) return [];
    const known = new Map<string, Part>();
    for (const { part } of before) remember(part, known);
    const parts = this.#parts(blocks, 0, blocks.length, 0, known);
    return (this.#fit(this.#schema.topNodeType, parts) ?? parts).map(chunkOf);
  }

  /** What an empty text shows. */
  empty(): Chunk {
    return chunkOf(filling(this.#schema.topNodeType.contentMatch.defaultType!.createAndFill()!));
  }

  #parts(blocks: readonly Block[], from: number, to: number, depth: number, known: ReadonlyMap<string, Part>): Part[] {
    const parts: Part[] = [];
    for (let at = from; at < to; ) {
      const block = blocks[at]!;
      const container = block.head.path[depth];
      if (!container || depth >= DEPTH_MAX) {
        parts.push({ node: block.node, id: null, block, parts: [] });
        at += 1;
        continue;
      }
      let end = at + 1;
      while (end < to && isSameContainer(blocks[end]!.head.path[depth], container)) end += 1;
      parts.push(...this.#container(container, this.#parts(blocks, at, end, depth + 1, known), known));
      at = end;
    }
    return parts;
  }

  /** The container with its parts; these alone where they cannot be in it. */
  #container({ name, id }: Container, parts: Part[], known: ReadonlyMap<string, Part>): Part[] {
    const type = this.#typeOf(name);
    const fitted = type && this.#fit(type, parts);
    if (!type || !fitted) return parts;
    const { tableCell } = this.#schema.nodes;
    const content = tableCell && type.spec.tableRole === 'table' ? completed(fitted, () => filling(tableCell.createAndFill()!)) : fitted;
    const attributes = type.name === name ? attributesFor(type, this.#attributes(id, type)) : { name };
    const node = create(type, attributes, content.map((part) => part.node));
    if (!node) return parts;
    const old = known.get(id)?.node;
    const same = old !== undefined && old.sameMarkup(node) && sameChildren(old, node);
    return [{ node: same ? old : node, id, block: null, parts: content }];
  }

  #typeOf(name: string): NodeType | null {
    const { nodes, topNodeType } = this.#schema;
    const type = Object.hasOwn(nodes, name) ? nodes[name]! : nodes.foreignBlock;
    return type && !type.isInline && !type.isTextblock && !type.isLeaf && type !== topNodeType ? type : null;
  }

  /** The parts with what has to be before, around and behind them; null if they cannot be in it. */
  #fit(type: NodeType, parts: readonly Part[]): Part[] | null {
    let match = type.contentMatch;
    const fitted: Part[] = [];
    const push = (part: Part): boolean => {
      const next = match.matchType(part.node.type);
      if (!next) return false;
      match = next;
      fitted.push(part);
      return true;
    };
    for (const part of parts) {
      if (push(part)) continue;
      const before = match.fillBefore(Fragment.from(part.node));
      if (before?.content.map(filling).every(push) && push(part)) continue;
      const wrapped = wrap(match.findWrapping(part.node.type), part);
      if (!wrapped || !push(wrapped)) return null;
    }
    const end = match.fillBefore(Fragment.empty, true);
    return end && [...fitted, ...end.content.map(filling)];
  }
}

function remember(part: Part, known: Map<string, Part>): void {
  if (part.id !== null) known.set(part.id, part);
  part.parts.forEach((inner) => remember(inner, known));
}

/** A node that completes the schema. */
function filling(node: ProseNode): Part {
  if (!node.isTextblock && !node.isLeaf) return { node, id: null, block: null, parts: node.children.map(filling) };
  const block: Block = { mark: null, filler: true, head: PLAIN, length: 0, runs: [], start: NO_FORMATS, node };
  return { node, id: null, block, parts: [] };
}

function wrap(wrapping: readonly NodeType[] | null, part: Part): Part | null {
  let inner: Part | null = part;
  for (const outer of [...(wrapping ?? [])].reverse()) {
    const node: ProseNode | null = inner && outer.createAndFill(null, inner.node);
    const content: ProseNode | undefined = inner?.node;
    inner = node && { node, id: null, block: null, parts: node.children.map((child) => (child === content ? inner! : filling(child))) };
  }
  return wrapping && inner;
}

function create(type: NodeType, attributes: Attributes | null, content: readonly ProseNode[]): ProseNode | null {
  try {
    const node = type.create(attributes, content as ProseNode[]);
    return type.validContent(node.content) ? node : null;
  } catch {
    return null;
  }
}

function sameChildren(a: ProseNode, b: ProseNode): boolean {
  return a.childCount === b.childCount && a.children.every((child, index) => b.child(index) === child);
}
