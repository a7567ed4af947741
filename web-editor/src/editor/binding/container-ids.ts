/**
 * Which container of the text a container of the editor is. A list that an item was taken out of, or that was moved with all in it,
 * stays what it is; of two that one was split into, the first does. Never one id for two nodes: they would grow together.
 */
import type { Node as ProseNode } from '@tiptap/pm/model';
import type * as Y from 'yjs';
import { containerKey, newId, sameValue, type Container } from './format';
import type { Holder, NewLeaf, OldLeaf } from './leaves';

export class ContainerIds {
  readonly #containers: Y.Map<unknown>;
  /** Null for a container that only completes the schema and that nobody touched. */
  readonly #ids = new Map<Holder, string | null>();
  readonly #before = new Map<string, ProseNode>();
  readonly #taken = new Set<string>();

  constructor(containers: Y.Map<unknown>, old: readonly OldLeaf[], now: readonly NewLeaf[]) {
    this.#containers = containers;
    for (const { chain } of old) for (const { node, id } of chain) if (id !== null) this.#before.set(id, node);
    now.forEach((leaf, index) => leaf.chain.forEach((holder, depth) => this.#assign(holder, depth, now, index)));
  }

  pathOf({ chain }: NewLeaf): Container[] {
    return chain.flatMap((holder) => {
      const id = this.#ids.get(holder);
      return id == null ? [] : [{ name: nameOf(holder.node), id }];
    });
  }

  isSamePath(now: NewLeaf, old: OldLeaf): boolean {
    return now.chain.length === old.chain.length && now.chain.every((holder, depth) => {
      const before = old.chain[depth]!;
      return nameOf(holder.node) === nameOf(before.node) && this.#ids.get(holder) === before.id;
    });
  }

  /** Attributes of containers that changed or are new. */
  values(): [map: Y.Map<unknown>, key: string, value: unknown][] {
    const values: [Y.Map<unknown>, string, unknown][] = [];
    for (const [{ node }, id] of this.#ids) {
      if (id === null || node.type.name === 'foreignBlock') continue;
      const before = this.#before.get(id);
      if (before === node) continue;
      for (const [name, value] of Object.entries(node.attrs)) {
        const standard: unknown = node.type.spec.attrs?.[name]?.default;
        const was: unknown = before?.type === node.type ? before.attrs[name] : standard;
        if (sameValue(was ?? null, value ?? null)) continue;
        values.push([this.#containers, containerKey(id, name), sameValue(value ?? null, standard ?? null) ? undefined : value]);
      }
    }
    return values;
  }

  #assign(holder: Holder, depth: number, leaves: readonly NewLeaf[], from: number): void {
    if (this.#ids.has(holder)) return;
    for (let index = from; index < leaves.length && leaves[index]!.chain[depth] === holder; index += 1) {
      const { matched } = leaves[index]!;
      const same = matched?.chain[depth];
      if (same?.id === null && same.node === holder.node) return void this.#ids.set(holder, null);
      const id = this.#free(nameOf(holder.node), depth, matched);
      if (id !== null) return this.#take(holder, id);
    }
    this.#take(holder, newId());
  }

  /** The container of this name around a block before that is nearest in depth and has no node yet. */
  #free(name: string, depth: number, old: OldLeaf | null): string | null {
    let found: string | null = null;
    let distance = Infinity;
    old?.chain.forEach(({ node, id }, at) => {
      if (id === null || this.#taken.has(id) || nameOf(node) !== name || Math.abs(at - depth) >= distance) return;
      found = id;
      distance = Math.abs(at - depth);
    });
    return found;
  }

  #take(holder: Holder, id: string): void {
    this.#ids.set(holder, id);
    this.#taken.add(id);
  }
}

function nameOf(node: ProseNode): string {
  const { name } = node.attrs as { name?: unknown };
  return node.type.name === 'foreignBlock' && typeof name === 'string' ? name : node.type.name;
}
