/**
 * Which container of the text a container of the editor is. A list that an item was taken out of, or that was moved with all in it,
 * stays what it is; of two that one was split into, the first does. Never one id for two nodes: they would grow together.
 */
import type { Node as ProseNode } from '@tiptap/pm/model';
import type * as Y from 'yjs';
import { containerKey, newId, sameValue, type Container } from './format';
import type { NewLeaf, OldLeaf } from './leaves';
import type { Model } from './model';

export class ContainerIds {
  readonly #model: Model;
  /** Null for a container that only completes the schema and that nobody touched. */
  readonly #ids = new Map<ProseNode, string | null>();
  readonly #old = new Map<string, ProseNode>();
  readonly #untouched = new Set<ProseNode>();
  readonly #taken = new Set<string>();

  constructor(model: Model, old: readonly OldLeaf[], now: readonly NewLeaf[]) {
    this.#model = model;
    for (const { chain } of old) {
      for (const node of chain) {
        const id = model.idOf.get(node);
        if (id !== undefined) this.#old.set(id, node);
        else this.#untouched.add(node);
      }
    }
    // Nodes that are still the same objects first: nobody else may take their ids.
    for (const { chain } of now) for (const node of chain) this.#keep(node);
    now.forEach((leaf, index) => leaf.chain.forEach((node, depth) => this.#assign(node, depth, now, index)));
  }

  pathOf({ chain }: NewLeaf): Container[] {
    return chain.flatMap((node) => {
      const id = this.#ids.get(node);
      return id == null ? [] : [{ name: nameOf(node), id }];
    });
  }

  isSamePath(now: NewLeaf, old: OldLeaf): boolean {
    return now.chain.length === old.chain.length && now.chain.every((node, depth) => {
      const before = old.chain[depth]!;
      return nameOf(node) === nameOf(before) && this.#ids.get(node) === (this.#model.idOf.get(before) ?? null);
    });
  }

  /** Attributes of containers that changed or are new. */
  values(): [map: Y.Map<unknown>, key: string, value: unknown][] {
    const values: [Y.Map<unknown>, string, unknown][] = [];
    for (const [node, id] of this.#ids) {
      if (id === null || node.type.name === 'foreignBlock') continue;
      const before = this.#old.get(id);
      if (before === node) continue;
      for (const [name, value] of Object.entries(node.attrs)) {
        const standard: unknown = node.type.spec.attrs?.[name]?.default;
        const was: unknown = before?.type === node.type ? before.attrs[name] : standard;
        if (sameValue(was ?? null, value ?? null)) continue;
        values.push([this.#model.containers, containerKey(id, name), sameValue(value ?? null, standard ?? null) ? undefined : value]);
      }
    }
    return values;
  }

  #keep(node: ProseNode): void {
    if (this.#ids.has(node)) return;
    const id = this.#model.idOf.get(node);
    if (id !== undefined && this.#old.get(id) === node && !this.#taken.has(id)) this.#take(node, id);
    else if (this.#untouched.has(node)) this.#ids.set(node, null);
  }

  #assign(node: ProseNode, depth: number, leaves: readonly NewLeaf[], from: number): void {
    if (this.#ids.has(node)) return;
    for (let index = from; index < leaves.length && leaves[index]!.chain[depth] === node; index += 1) {
      const id = this.#free(nameOf(node), depth, leaves[index]!.matched);
      if (id !== null) return this.#take(node, id);
    }
    this.#take(node, newId());
  }

  /** The container of this name around a block before that is nearest in depth and has no node yet. */
  #free(name: string, depth: number, old: OldLeaf | null): string | null {
    let found: string | null = null;
    let distance = Infinity;
    old?.chain.forEach((node, at) => {
      const id = this.#model.idOf.get(node);
      if (id === undefined || this.#taken.has(id) || nameOf(node) !== name || Math.abs(at - depth) >= distance) return;
      found = id;
      distance = Math.abs(at - depth);
    });
    return found;
  }

  #take(node: ProseNode, id: string): void {
    this.#ids.set(node, id);
    this.#taken.add(id);
  }
}

function nameOf(node: ProseNode): string {
  const { name } = node.attrs as { name?: unknown };
  return node.type.name === 'foreignBlock' && typeof name === 'string' ? name : node.type.name;
}
