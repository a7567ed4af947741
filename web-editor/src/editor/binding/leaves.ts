/** The blocks of a region as a row of units: for each its mark, whether or not it is stored, and its letters. Pure. */
import type { Node as ProseNode } from '@tiptap/pm/model';
import type { Block, Chunk } from './block';

interface Leaf {
  readonly node: ProseNode;
  readonly position: number;
  /** The containers around it, outermost first. */
  readonly chain: readonly ProseNode[];
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

export function leavesOf(region: { chunks: readonly Chunk[]; nodes: readonly ProseNode[]; position: number }): { old: OldLeaf[]; now: NewLeaf[] } {
  const blocks = region.chunks.flatMap((chunk) => chunk.blocks);
  const old = list(region.chunks.map(({ node }) => node), region.position).map((leaf, index): OldLeaf => ({ ...leaf, block: blocks[index]! }));
  const now = list(region.nodes, region.position).map((leaf): NewLeaf => ({ ...leaf, matched: null, unmarked: false }));
  return { old, now };
}

function list(nodes: readonly ProseNode[], position: number): Leaf[] {
  const leaves: Leaf[] = [];
  let at = position;
  let start = 0;
  const visit = (node: ProseNode, from: number, chain: readonly ProseNode[]) => {
    if (node.isTextblock || node.isLeaf) {
      const size = 1 + node.content.size;
      leaves.push({ node, position: from, chain, start, size });
      start += size;
      return;
    }
    const inner = [...chain, node];
    node.forEach((child, offset) => visit(child, from + 1 + offset, inner));
  };
  for (const node of nodes) {
    visit(node, at, []);
    at += node.nodeSize;
  }
  return leaves;
}
