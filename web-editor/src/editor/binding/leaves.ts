/** The blocks of a region as a row of units: for each its mark, whether or not it is stored, and its letters. Pure. */
import type { Node as ProseNode } from '@tiptap/pm/model';
import type { Block, Chunk, Part } from './block';

/** A container at one place: nodes of the editor can be at several. */
export interface Holder {
  readonly node: ProseNode;
  /** Its id as far as it was known before. */
  readonly id: string | null;
}

interface Leaf {
  readonly node: ProseNode;
  readonly position: number;
  /** The containers around it, outermost first. */
  readonly chain: readonly Holder[];
  /** Its first unit, which is the mark. */
  readonly start: number;
  /** Mark and letters. */
  readonly size: number;
}

export interface OldLeaf extends Leaf {
  readonly block: Block;
}

export interface NewLeaf extends Leaf {
  /** The block it was. */
  matched: OldLeaf | null;
  /** It has no mark in the text and gets none. */
  unmarked: boolean;
}

export function oldLeaves(chunks: readonly Chunk[], position: number): OldLeaf[] {
  const leaves: OldLeaf[] = [];
  let start = 0;
  const visit = ({ node, id, block, parts }: Part, at: number, chain: readonly Holder[]) => {
    if (block) {
      const size = 1 + node.content.size;
      leaves.push({ node, position: at, chain, start, size, block });
      start += size;
      return;
    }
    const inner = [...chain, { node, id }];
    let next = at + 1;
    for (const part of parts) {
      visit(part, next, inner);
      next += part.node.nodeSize;
    }
  };
  let at = position;
  for (const { part } of chunks) {
    visit(part, at, []);
    at += part.node.nodeSize;
  }
  return leaves;
}

export function newLeaves(nodes: readonly ProseNode[], position: number): NewLeaf[] {
  const leaves: NewLeaf[] = [];
  let start = 0;
  const visit = (node: ProseNode, at: number, chain: readonly Holder[]) => {
    if (node.isTextblock || node.isLeaf) {
      const size = 1 + node.content.size;
      leaves.push({ node, position: at, chain, start, size, matched: null, unmarked: false });
      start += size;
      return;
    }
    const inner = [...chain, { node, id: null }];
    node.forEach((child, offset) => visit(child, at + 1 + offset, inner));
  };
  let at = position;
  for (const node of nodes) {
    visit(node, at, []);
    at += node.nodeSize;
  }
  return leaves;
}
