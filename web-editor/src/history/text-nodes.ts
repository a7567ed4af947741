/**
 * The text of a document as nodes of the editor's schema, and what of it changed since a state before, in whichever form it is
 * kept. Reads the shared types as they are. What the schema lacks is shown as its text. Pure.
 */
import type { Node as ProseNode, Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';
import { across } from './across';
import { FlatNodes } from './flat-nodes';
import { BODY, isFlat } from '../editor/binding/format';
import { TreeNodes } from './tree-nodes';

export interface Change {
  /** A block that is there and was there has another kind or place. */
  kind: 'insert' | 'delete' | 'change';
  from: number;
  to: number;
  /** Number of who did it. */
  who: number;
  /** A whole block, not text in one. */
  block: boolean;
}

interface Authors {
  inserted: (client: number, clock: number) => number;
  deleted: (client: number, clock: number) => number;
}

export interface Since extends Authors {
  before: Y.Snapshot;
}

export interface Compare extends Authors {
  before: Y.Doc;
}

export interface Built {
  doc: ProseNode;
  changes: Change[];
}

export class TextNodes {
  readonly #tree: TreeNodes;
  readonly #flat: FlatNodes;

  constructor(schema: Schema) {
    this.#tree = new TreeNodes(schema);
    this.#flat = new FlatNodes(schema);
  }

  build(doc: Y.Doc, compare: Compare | null): Built {
    if (!compare) return this.#build(doc, null);
    const { before } = compare;
    if (isFlat(before) === isFlat(doc)) return this.#build(doc, { ...compare, before: Y.snapshot(before) });
    // Every letter was written again when the form changed: only the texts can be compared.
    const everything = this.#build(doc, { ...compare, before: Y.emptySnapshot });
    return across(this.#build(before, null).doc, everything);
  }

  destroy(): void {
    this.#tree.destroy();
    this.#flat.destroy();
  }

  #build(doc: Y.Doc, since: Since | null): Built {
    return isFlat(doc) ? this.#flat.build(doc, since) : this.#tree.build(doc.getXmlFragment(BODY), since);
  }
}

/** Changes next to each other are one to whoever goes from one to the next. */
export function places(changes: readonly Change[]): { from: number; to: number }[] {
  const all: { from: number; to: number }[] = [];
  for (const { from, to } of [...changes].sort((a, b) => a.from - b.from || b.to - a.to)) {
    const last = all.at(-1);
    if (last && from <= last.to + 2) last.to = Math.max(last.to, to);
    else all.push({ from, to });
  }
  return all;
}
