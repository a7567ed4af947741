/** A change of the document that knows what became of every letter, so that carets, decorations and selections stay at theirs. */
import { Fragment, type Node as ProseNode, Schema } from '@tiptap/pm/model';
import { Step, StepMap, StepResult } from '@tiptap/pm/transform';
import { positionsOf, type Chunk, type Kept } from './block';

/** Replaces nodes at the top level. */
export class ReplaceNodes extends Step {
  readonly first: number;
  readonly end: number;
  readonly nodes: readonly ProseNode[];
  readonly #ranges: readonly number[];

  /** `first` and `end` are indices of top-level nodes; `ranges` those of a `StepMap`. */
  constructor(first: number, end: number, nodes: readonly ProseNode[], ranges: readonly number[]) {
    super();
    this.first = first;
    this.end = end;
    this.nodes = nodes;
    this.#ranges = ranges;
  }

  apply(doc: ProseNode): StepResult {
    const { content } = doc.content as unknown as { content: readonly ProseNode[] };
    if (this.end > content.length) return StepResult.fail('The nodes to replace are not there.');
    return StepResult.ok(doc.copy(Fragment.fromArray([...content.slice(0, this.first), ...this.nodes, ...content.slice(this.end)])));
  }

  override getMap(): StepMap {
    return new StepMap(this.#ranges as number[]);
  }

  invert(doc: ProseNode): Step {
    const old: ProseNode[] = [];
    for (let index = this.first; index < this.end; index += 1) old.push(doc.child(index));
    const ranges: number[] = [];
    this.getMap().forEach((start, end, newStart, newEnd) => ranges.push(newStart, newEnd - newStart, end - start));
    return new ReplaceNodes(this.first, this.first + this.nodes.length, old, ranges);
  }

  /** It is applied where it was made and nowhere else. */
  map(): null {
    return null;
  }

  toJSON(): object {
    return { stepType: 'weftReplaceNodes', first: this.first, end: this.end, nodes: this.nodes.map((node) => node.toJSON() as object), ranges: this.#ranges };
  }

  static override fromJSON(schema: Schema, json: { first: number; end: number; nodes: object[]; ranges: number[] }): ReplaceNodes {
    return new ReplaceNodes(json.first, json.end, json.nodes.map((node) => schema.nodeFromJSON(node)), json.ranges);
  }
}

Step.jsonID('weftReplaceNodes', ReplaceNodes);

/** The ranges between what stayed, as a `StepMap` takes them. `position` is where the chunks begin. */
export function rangesBetween(before: readonly Chunk[], after: readonly Chunk[], kept: readonly Kept[], position: number): number[] {
  const [from, to] = [positionsOf(before, position), positionsOf(after, position)];
  const ranges: number[] = [];
  let [old, now] = [position, position];
  const between = (oldNext: number, nowNext: number) => {
    if (oldNext - old !== nowNext - now) ranges.push(old, oldNext - old, nowNext - now);
  };
  for (const { from: source, fromOffset, to: target, toOffset, length } of kept) {
    const [start, begin] = [from.get(source)! + 1 + fromOffset, to.get(target)! + 1 + toOffset];
    between(start, begin);
    [old, now] = [start + length, begin + length];
  }
  between(position + sizeOf(before), position + sizeOf(after));
  return ranges;
}

export function sizeOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { part }) => sum + part.node.nodeSize, 0);
}
