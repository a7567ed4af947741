/** A flat text as nodes of the editor's schema, and what of it changed since a state before. Pure. */
import type { Node as ProseNode, Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';
import { Outline, type Attributes, type ContainerAttributes, type Places } from './outline';
import { valueBefore } from './flat-marks';
import { FlatRead, type ReadBlock } from './flat-read';
import { CONTAINERS, TEXT } from '../editor/binding/format';
import type { Built, Change, Since } from './text-nodes';

export class FlatNodes {
  readonly #outline: Outline;
  readonly #read: FlatRead;
  #cached: Y.Doc | null = null;
  /** Types that changed since the text was read. */
  #changed = new Set<unknown>();
  #containers: Map<string, Attributes> | null = null;
  readonly #note = (transaction: Y.Transaction) => {
    for (const type of transaction.changed.keys()) this.#changed.add(type);
  };

  constructor(schema: Schema) {
    this.#outline = new Outline(schema);
    this.#read = new FlatRead(schema);
  }

  build(doc: Y.Doc, since: Since | null): Built {
    this.#watch(doc);
    const attributes = this.#attributes(doc, since);
    const read = this.#read.read(doc.getText(TEXT), since, this.#changed);
    const { doc: built, places } = this.#outline.build(read.map(({ block }) => block), attributes);
    if (since) return { doc: built, changes: changesIn(built, read, places()) };
    this.#changed.clear();
    return { doc: built, changes: [] };
  }

  destroy(): void {
    this.#watch(null);
  }

  #watch(doc: Y.Doc | null): void {
    if (doc === this.#cached) return;
    this.#cached?.off('afterTransaction', this.#note);
    this.#cached = doc;
    this.#containers = null;
    this.#changed.clear();
    this.#read.forget();
    doc?.on('afterTransaction', this.#note);
  }

  #attributes(doc: Y.Doc, since: Since | null): ContainerAttributes {
    const map = doc.getMap(CONTAINERS);
    if (since) return attributesIn(indexed(map, since));
    if (this.#changed.has(map)) this.#containers = null;
    return attributesIn((this.#containers ??= indexed(map, null)));
  }
}

function attributesIn(index: ReadonlyMap<string, Attributes>): ContainerAttributes {
  return (id) => index.get(id) ?? null;
}

/** What the map says by `ID.NAME`, by id. What was taken out since belongs to what is shown as deleted. */
function indexed(map: Y.Map<unknown>, since: Since | null): Map<string, Attributes> {
  const index = new Map<string, Record<string, unknown>>();
  for (const [key, entry] of map._map) {
    const dot = key.lastIndexOf('.');
    const value = entry.deleted ? since && valueBefore(entry, since.before) : entry.content.getContent()[entry.length - 1];
    if (dot < 0 || value === undefined || value === null) continue;
    const id = key.slice(0, dot);
    const known = index.get(id) ?? (Object.create(null) as Record<string, unknown>);
    known[key.slice(dot + 1)] = value;
    index.set(id, known);
  }
  return index;
}

/** The changes of all blocks. A container whose blocks are all new, or all gone, is one change. */
function changesIn(doc: ProseNode, read: readonly ReadBlock[], { nodes, texts }: Places): Change[] {
  const changes: Change[] = [];
  let next = 0;
  doc.forEach((child, from) => {
    const to = from + child.nodeSize;
    const first = next;
    while (next < read.length && nodes[next]! < to) next += 1;
    const inside = read.slice(first, next);
    const kind = inside[0]?.state.kind;
    if (kind && kind !== 'same' && kind !== 'change' && inside.every(({ state }) => state.kind === kind)) {
      changes.push({ kind, from, to, who: inside[0]!.state.who, block: true });
    } else {
      inside.forEach(({ state }, at) => {
        const start = nodes[first + at]!;
        if (state.kind !== 'same' && start >= 0) changes.push({ kind: state.kind, from: start, to: start + doc.nodeAt(start)!.nodeSize, who: state.who, block: true });
      });
    }
    inside.forEach((block, at) => {
      const start = texts[first + at]!;
      if (start >= 0) for (const change of block.changes) changes.push({ ...change, from: start + change.from, to: start + change.to });
    });
  });
  return changes;
}
