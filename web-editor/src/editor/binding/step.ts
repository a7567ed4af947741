/** A change of the document that knows what became of every letter, so that carets, decorations and selections stay at theirs. */
import { Fragment, type Node as ProseNode, Schema } from '@tiptap/pm/model';
import { Step, StepMap, StepResult } from '@tiptap/pm/transform';
import { positionsOf, type Chunk, type Kept } from './block';
import { rangesAround } from './stretches';

/** From so many steps on one is made of them: every plugin goes through all of the document for each. */
export const STEPS_MIN = 64;

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
  const stayed = kept.map(({ from: source, fromOffset, to: target, toOffset, length }) => ({
    old: from.get(source)! + 1 + fromOffset,
    now: to.get(target)! + 1 + toOffset,
    length,
  }));
  return rangesAround(stayed, position, position + sizeOf(before), position + sizeOf(after));
}

export function sizeOf(chunks: readonly Chunk[]): number {
  return chunks.reduce((sum, { part }) => sum + part.node.nodeSize, 0);
}
