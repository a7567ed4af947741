/** Blocks of a text as the page holds them, and the nodes that show them. */
import type { Node as ProseNode } from '@tiptap/pm/model';
import type * as Y from 'yjs';
import type { Formats, Head } from './format';

/** Letters with one set of formats. */
export interface Run {
  readonly length: number;
  readonly formats: Formats;
}

export interface Block {
  /** Its mark in the text; null for letters that have none in front of them, and for what only completes the schema. */
  readonly mark: Y.Map<unknown> | null;
  /** Stands in no text: an empty paragraph that a container needs. */
  readonly filler: boolean;
  readonly head: Head;
  /** UTF-16 units behind the mark. */
  readonly length: number;
  readonly runs: readonly Run[];
  /** Formats in force at its mark. */
  readonly start: Formats;
  /** The node of its text, or of the block itself where it has none. Replaced by an equal one when the editor has its own. */
  node: ProseNode;
}

/** A node that is shown, and what it stands for. The same node object can be shown at several places, so it identifies nothing. */
export interface Part {
  node: ProseNode;
  /** Id of the container it is; null for a block, and for what only completes the schema. */
  readonly id: string | null;
  readonly block: Block | null;
  readonly parts: readonly Part[];
}

/** A node at the top level, and the blocks in it in order. */
export interface Chunk {
  readonly part: Part;
  readonly blocks: readonly Block[];
  /** Marks and letters of all blocks. */
  readonly units: number;
}

/** The place of a block's mark; its letters are at 0 and behind. */
export const MARK = -1;

/** Units that stayed, from a block before to a block after. */
export interface Kept {
  readonly from: Block;
  readonly fromOffset: number;
  readonly to: Block;
  readonly toOffset: number;
  readonly length: number;
}

export function units(block: Block): number {
  return block.filler ? 0 : block.length + (block.mark ? 1 : 0);
}

export function chunkOf(part: Part): Chunk {
  const blocks: Block[] = [];
  const gather = ({ block, parts }: Part) => (block ? void blocks.push(block) : parts.forEach(gather));
  gather(part);
  return { part, blocks, units: blocks.reduce((sum, block) => sum + units(block), 0) };
}

/** All of a block that did not change. */
export function whole(block: Block): Kept {
  return { from: block, fromOffset: MARK, to: block, toOffset: MARK, length: block.length + 1 };
}

/** Visits the nodes that are blocks of the text: text blocks, and nodes without content. */
export function eachLeaf(node: ProseNode, position: number, visit: (leaf: ProseNode, position: number) => void): void {
  if (node.isTextblock || node.isLeaf) return visit(node, position);
  let at = position + 1;
  for (let index = 0; index < node.childCount; index += 1) {
    const child = node.child(index);
    eachLeaf(child, at, visit);
    at += child.nodeSize;
  }
}

/** Where the nodes of the blocks begin, with the first chunk at `position`. */
export function positionsOf(chunks: readonly Chunk[], position: number): Map<Block, number> {
  const positions = new Map<Block, number>();
  let start = position;
  for (const { part: { node }, blocks } of chunks) {
    let index = 0;
    eachLeaf(node, start, (_leaf, at) => void positions.set(blocks[index++]!, at));
    start += node.nodeSize;
  }
  return positions;
}
