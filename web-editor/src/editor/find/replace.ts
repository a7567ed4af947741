/** Words in place of those that were found, as one step: each further one would go through the whole document. Pure. */
import { Fragment, type Node as ProseNode } from '@tiptap/pm/model';
import { ReplaceNodes } from '../binding/step';
import type { Match } from './search';

/** `matches` are those of the document, in order. The words keep the marks of what they replace. */
export function replacing(doc: ProseNode, matches: readonly Match[], by: string): ReplaceNodes {
  const replacement = new Replacement(matches, by);
  let position = 0;
  const nodes = doc.children.map((node) => {
    const made = replacement.in(node, position);
    position += node.nodeSize;
    return made;
  });
  const isOther = (node: ProseNode, index: number) => node !== doc.child(index);
  const [first, end] = [nodes.findIndex(isOther), nodes.findLastIndex(isOther) + 1];
  return new ReplaceNodes(first, end, nodes.slice(first, end), replacement.ranges);
}

class Replacement {
  /** As a `StepMap` takes them. */
  readonly ranges: number[] = [];
  readonly #matches: readonly Match[];
  readonly #by: string;
  #next = 0;

  constructor(matches: readonly Match[], by: string) {
    this.#matches = matches;
    this.#by = by;
  }

  /** A node that begins at `position`, with what was found in it replaced. */
  in(node: ProseNode, position: number): ProseNode {
    if (!this.#isBefore(position + node.nodeSize)) return node;
    if (node.isTextblock) return this.#text(node, position + 1);
    let at = position + 1;
    const children = node.children.map((child) => {
      const made = this.in(child, at);
      at += child.nodeSize;
      return made;
    });
    return node.copy(Fragment.fromArray(children));
  }

  #text(block: ProseNode, start: number): ProseNode {
    const parts: ProseNode[] = [];
    let done = 0;
    const upTo = (offset: number) => {
      for (const part of block.content.cut(done, offset).content) parts.push(part);
    };
    for (; this.#isBefore(start + block.content.size); this.#next += 1) {
      const [from, to] = [this.#matches[this.#next]!.from - start, this.#matches[this.#next]!.to - start];
      const marks = block.resolve(from).marksAcross(block.resolve(to)) ?? [];
      upTo(from);
      if (this.#by) parts.push(block.type.schema.text(this.#by, marks));
      this.#note(block.textBetween(from, to, null, '\ufffc'), start + from);
      done = to;
    }
    upTo(block.content.size);
    return block.copy(Fragment.fromArray(parts));
  }

  /** Of words of which the one holds the other, the letters of the shorter stay. */
  #note(words: string, position: number): void {
    const [inside, around] = [this.#by.indexOf(words), this.#by === '' ? -1 : words.indexOf(this.#by)];
    if (inside >= 0) {
      this.#range(position, 0, inside);
      this.#range(position + words.length, 0, this.#by.length - inside - words.length);
    } else if (around >= 0) {
      this.#range(position, around, 0);
      this.#range(position + around + this.#by.length, words.length - around - this.#by.length, 0);
    } else {
      this.#range(position, words.length, this.#by.length);
    }
  }

  #range(position: number, oldSize: number, newSize: number): void {
    if (oldSize > 0 || newSize > 0) this.ranges.push(position, oldSize, newSize);
  }

  #isBefore(position: number): boolean {
    return this.#next < this.#matches.length && this.#matches[this.#next]!.from < position;
  }
}
