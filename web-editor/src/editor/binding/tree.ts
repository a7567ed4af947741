/**
 * Blocks as a tree of the editor's schema. Merging can leave what the schema does not allow: a row without a table, a heading
 * where an item has to begin with a paragraph. It is completed for showing; nothing of that is written. Never throws.
 */
import { Fragment, type Attrs, type Node as ProseNode, type NodeType, type Schema } from '@tiptap/pm/model';
import { chunk, eachLeaf, type Block, type Chunk } from './block';
import { DEPTH_MAX, isSameContainer, NO_FORMATS, PLAIN, type Container } from './format';

/** Rows and columns that a cell may cover. */
const SPAN_MAX = 1_000;

export interface Identity {
  /** Ids of the containers that nodes show. */
  readonly idOf: WeakMap<ProseNode, string>;
  readonly attributes: (id: string, type: NodeType) => Record<string, unknown>;
}

export class Tree {
  readonly #schema: Schema;
  readonly #identity: Identity;

  constructor(schema: Schema, identity: Identity) {
    this.#schema = schema;
    this.#identity = identity;
  }

  /** The nodes of these blocks, one chunk each. A container of `before` is taken again where nothing in it changed. */
  build(blocks: readonly Block[], before: readonly Chunk[] = []): Chunk[] {
    const known = new Map<string, ProseNode>();
    for (const { node } of before) this.#remember(node, known);
    const nodes = this.#fit(this.#schema.topNodeType, this.#children(blocks, 0, blocks.length, 0, known)) ?? [];
    return this.#chunks(nodes, blocks);
  }

  #remember(node: ProseNode, known: Map<string, ProseNode>): void {
    if (node.isTextblock || node.isLeaf) return;
    const id = this.#identity.idOf.get(node);
    if (id !== undefined) known.set(id, node);
    node.forEach((child) => this.#remember(child, known));
  }

  #children(blocks: readonly Block[], from: number, to: number, depth: number, known: Map<string, ProseNode>): ProseNode[] {
    const nodes: ProseNode[] = [];
    for (let at = from; at < to; ) {
      const container = blocks[at]!.head.path[depth];
      if (!container || depth >= DEPTH_MAX) {
        nodes.push(blocks[at]!.node);
        at += 1;
        continue;
      }
      let end = at + 1;
      while (end < to && isSameContainer(blocks[end]!.head.path[depth], container)) end += 1;
      nodes.push(...this.#container(container, this.#children(blocks, at, end, depth + 1, known), known));
      at = end;
    }
    return nodes;
  }

  /** The container with its children; the children alone where they cannot be in it. */
  #container({ name, id }: Container, children: ProseNode[], known: Map<string, ProseNode>): ProseNode[] {
    const type = this.#typeOf(name);
    if (!type) return children;
    const foreign = type.name !== name;
    const attributes = foreign ? { name } : clamped(this.#identity.attributes(id, type));
    const old = known.get(id);
    if (old && old.type === type && sameChildren(old, children) && sameAttributes(old, type, attributes)) {
      known.delete(id);
      return [old];
    }
    const content = this.#fit(type, children);
    const node = content && create(type, attributes, content);
    if (!node) return children;
    this.#identity.idOf.set(node, id);
    return [node];
  }

  #typeOf(name: string): NodeType | null {
    const { nodes, topNodeType } = this.#schema;
    const type = Object.hasOwn(nodes, name) ? nodes[name]! : nodes.foreignBlock;
    return type && !type.isInline && !type.isTextblock && !type.isLeaf && type !== topNodeType ? type : null;
  }

  /** The children with what has to be before, around and behind them; null if they cannot be in it. */
  #fit(type: NodeType, children: readonly ProseNode[]): ProseNode[] | null {
    let match = type.contentMatch;
    const fitted: ProseNode[] = [];
    const push = (node: ProseNode): boolean => {
      const next = match.matchType(node.type);
      if (!next) return false;
      match = next;
      fitted.push(node);
      return true;
    };
    for (const child of children) {
      if (push(child)) continue;
      const filler = match.fillBefore(Fragment.from(child));
      if (filler?.content.every(push) && push(child)) continue;
      const wrapped = wrap(match.findWrapping(child.type), child);
      if (!wrapped || !push(wrapped)) return null;
    }
    const end = match.fillBefore(Fragment.empty, true);
    if (!end) return null;
    fitted.push(...end.content);
    return fitted;
  }

  #chunks(nodes: readonly ProseNode[], blocks: readonly Block[]): Chunk[] {
    const byNode = new Map(blocks.map((block) => [block.node, block]));
    return nodes.map((node) => {
      const inside: Block[] = [];
      eachLeaf(node, 0, (leaf) => inside.push(byNode.get(leaf) ?? filler(leaf)));
      return chunk(node, inside);
    });
  }

  /** What an empty text shows. */
  empty(): Chunk {
    const node = this.#schema.topNodeType.contentMatch.defaultType!.createAndFill()!;
    return chunk(node, [filler(node)]);
  }
}

function filler(node: ProseNode): Block {
  return { mark: null, filler: true, head: PLAIN, length: 0, runs: [], start: NO_FORMATS, node };
}

function wrap(wrapping: readonly NodeType[] | null, child: ProseNode): ProseNode | null {
  let inner: ProseNode | null = child;
  for (const outer of [...(wrapping ?? [])].reverse()) inner = inner && outer.createAndFill(null, inner);
  return wrapping && inner;
}

function create(type: NodeType, attributes: Attrs, content: readonly ProseNode[]): ProseNode | null {
  try {
    const node = type.create(attributes, content as ProseNode[]);
    return type.validContent(node.content) ? node : null;
  } catch {
    return null;
  }
}

function sameChildren(node: ProseNode, children: readonly ProseNode[]): boolean {
  return node.childCount === children.length && children.every((child, index) => node.child(index) === child);
}

function sameAttributes(node: ProseNode, type: NodeType, attributes: Attrs): boolean {
  try {
    return node.hasMarkup(type, type.create(attributes, node.content).attrs, node.marks);
  } catch {
    return false;
  }
}

/** One cell of ten million columns would stop every page that shows it. */
export function clamped(attributes: Record<string, unknown>): Record<string, unknown> {
  for (const name of ['colspan', 'rowspan']) {
    const value = attributes[name];
    if (value === undefined) continue;
    attributes[name] = typeof value === 'number' && value >= 1 ? Math.min(SPAN_MAX, Math.floor(value)) : 1;
  }
  return attributes;
}
