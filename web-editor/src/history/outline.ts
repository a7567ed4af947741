/**
 * The document of a flat text: consecutive blocks that name the same containers are in them together. Blocks are a stranger's
 * input; whatever they say, the document obeys its schema, every block's letters are in it, and in their order. Pure.
 */
import { type Node as ProseNode, type NodeType, type Schema } from '@tiptap/pm/model';
import { attributesFor, type Attributes } from '../editor/binding/attributes';
import { blockNodes, type Block, type BlockNodes } from './outline-block';
import { Fitter } from './outline-fit';

export type { Attributes } from '../editor/binding/attributes';
export type { Block } from './outline-block';

/** Attributes of the container with this id; null if it has none of its own. */
export type ContainerAttributes = (id: string, type: NodeType) => Attributes | null;

/** Where the blocks are, by their index. */
export interface Places {
  /** Position before the block's node. */
  nodes: Int32Array;
  /** Position of the block's first letter; -1 for a block without letters whose type holds none. */
  texts: Int32Array;
}

export interface Outlined {
  doc: ProseNode;
  /** Counts positions when it is called. */
  places: () => Places;
}

interface Container {
  type: NodeType;
  id: string;
}

interface Open extends Container {
  /** The first block in it. */
  first: Known;
  children: ProseNode[];
}

/** What of a block does not depend on the others. */
interface Known extends BlockNodes {
  outline: Outline;
  /** The block as it was. */
  of: Block;
  path: readonly Container[];
  /** The containers that began with it, by depth. */
  made: Made[];
}

interface Made {
  given: Attributes | null;
  children: readonly ProseNode[];
  nodes: readonly ProseNode[];
}

/** Nothing people write is nested deeper. */
const DEPTH_MAX = 100;
/** Cells of a table, with all that they span: whoever lays it out keeps a list of as many. */
const GRID_CELLS_MAX = 1_000_000;

/** The containers that a block's `in` names: name and id by turns. What is no such list ends where it stops being one. */
export function pathIn(value: unknown): string[] {
  if (!Array.isArray(value)) return [];
  const path: string[] = [];
  for (let at = 0; at + 1 < value.length && path.length < 2 * DEPTH_MAX; at += 2) {
    const [name, id] = [value[at], value[at + 1]] as [unknown, unknown];
    if (typeof name !== 'string' || typeof id !== 'string') break;
    path.push(name, id);
  }
  return path;
}

/** Builds documents one after the other: a block of the same parts and what is unchanged around it are the same nodes again. */
export class Outline {
  readonly #schema: Schema;
  readonly #fitter: Fitter;

  constructor(schema: Schema) {
    this.#schema = schema;
    this.#fitter = new Fitter(schema);
  }

  build(blocks: readonly Block[], attributesOf: ContainerAttributes = () => null): Outlined {
    const top: ProseNode[] = [];
    const open: Open[] = [];
    let within = top;
    for (const block of blocks) {
      const known = this.#know(block);
      const { path, atom, text } = known;
      const shared = sharedDepth(open, path);
      if (shared < open.length) within = this.#close(open, shared, top, attributesOf);
      for (let depth = shared; depth < path.length; depth += 1) {
        const { type, id } = path[depth]!;
        open.push({ type, id, first: known, children: (within = []) });
      }
      if (atom) within.push(atom);
      if (text) within.push(text);
    }
    this.#close(open, 0, top, attributesOf);
    const { content, replaced } = this.#fitter.top(top);
    const doc = this.#schema.topNodeType.create(null, content);
    return { doc, places: () => this.#places(doc, blocks, replaced) };
  }

  /** Whether the schema alone asked for this node: nothing in the shared text stands for it. */
  isFiller(node: ProseNode): boolean {
    return this.#fitter.fillers.has(node);
  }

  #know(block: Block): Known {
    const kept = block.kept as Known | undefined;
    if (kept?.outline === this && sameBlock(kept.of, block)) return kept;
    const { type, attributes, content } = block;
    const of = { type, in: block.in, attributes, content };
    const known: Known = { outline: this, of, path: this.#path(block.in), made: [], ...blockNodes(this.#schema, of) };
    block.kept = known;
    return known;
  }

  #path(names: readonly string[]): Container[] {
    const path: Container[] = [];
    for (let at = 0; at + 1 < names.length && at < 2 * DEPTH_MAX; at += 2) {
      const [name, id] = [names[at]!, names[at + 1]!];
      const type = Object.hasOwn(this.#schema.nodes, name) ? this.#schema.nodes[name]! : null;
      const holds = type && type.isBlock && !type.isLeaf && !type.isTextblock && type !== this.#schema.topNodeType && !type.hasRequiredAttrs();
      if (holds) path.push({ type, id });
    }
    return path;
  }

  /** Closes containers down to a depth; returns what is filled now. */
  #close(open: Open[], depth: number, top: ProseNode[], attributesOf: ContainerAttributes): ProseNode[] {
    let within = open.at(-1)?.children ?? top;
    while (open.length > depth) {
      const container = open.pop()!;
      within = open.at(-1)?.children ?? top;
      for (const node of this.#container(container, open.length, attributesOf(container.id, container.type))) within.push(node);
    }
    return within;
  }

  #container({ type, first, children }: Open, depth: number, given: Attributes | null): readonly ProseNode[] {
    const made = first.made[depth];
    if (made && same(made.children, children) && sameValues(made.given, given)) return made.nodes;
    const attributes = attributesFor(type, given);
    // Without the table its rows are tables by themselves.
    const nodes = gridCells(type, children) > GRID_CELLS_MAX ? children : this.#fitter.container(type, attributes, children);
    first.made[depth] = { given, children, nodes };
    return nodes;
  }

  #places(doc: ProseNode, blocks: readonly Block[], replaced: ReadonlyMap<ProseNode, ProseNode | null>): Places {
    const nodes = new Int32Array(blocks.length).fill(-1);
    const texts = new Int32Array(blocks.length).fill(-1);
    const wanted: ProseNode[] = [];
    /** Twice the block's index, and one more for what holds its letters. */
    const whose: number[] = [];
    const want = (node: ProseNode | null, who: number) => {
      const shown = node && replaced.has(node) ? replaced.get(node)! : node;
      if (!shown) return;
      wanted.push(shown);
      whose.push(who);
    };
    blocks.forEach((block, index) => {
      const { atom, text } = this.#know(block);
      want(atom, 2 * index);
      want(text, 2 * index + 1);
    });
    let next = 0;
    const walk = (parent: ProseNode, start: number) =>
      parent.forEach((child, offset) => {
        const at = start + offset;
        if (child !== wanted[next]) return child.isLeaf || child.isTextblock ? undefined : walk(child, at + 1);
        const who = whose[next++]!;
        if (who & 1) texts[who >> 1] = at + 1;
        if (nodes[who >> 1] === -1) nodes[who >> 1] = at;
      });
    walk(doc, 0);
    return { nodes, texts };
  }
}

/** How many of the open containers a path goes on in. */
function sharedDepth(open: readonly Open[], path: readonly Container[]): number {
  const most = Math.min(open.length, path.length);
  let depth = 0;
  while (depth < most && open[depth]!.type === path[depth]!.type && open[depth]!.id === path[depth]!.id) depth += 1;
  return depth;
}

function gridCells(type: NodeType, rows: readonly ProseNode[]): number {
  if (type.spec.tableRole !== 'table') return 0;
  let [widest, tallest] = [1, 1];
  for (const row of rows) {
    let width = 0;
    row.forEach(({ attrs }) => {
      width += Number(attrs.colspan) || 1;
      tallest = Math.max(tallest, Number(attrs.rowspan) || 1);
    });
    widest = Math.max(widest, width);
  }
  return rows.length * widest * Math.min(tallest, rows.length);
}

function sameBlock(a: Block, b: Block): boolean {
  return a.content === b.content && a.in === b.in && a.attributes === b.attributes && a.type === b.type;
}

function same(a: readonly ProseNode[], b: readonly ProseNode[]): boolean {
  if (a.length !== b.length) return false;
  for (let at = 0; at < a.length; at += 1) if (a[at] !== b[at]) return false;
  return true;
}

function sameValues(a: Attributes | null, b: Attributes | null): boolean {
  if (a === b) return true;
  if (!a || !b) return false;
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => Object.hasOwn(b, name) && a[name] === b[name]);
}

/** The document of a list of blocks, once. */
export function outline(schema: Schema, blocks: readonly Block[], attributesOf?: ContainerAttributes): Outlined {
  return new Outline(schema).build(blocks, attributesOf);
}
