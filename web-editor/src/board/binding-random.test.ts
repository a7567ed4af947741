import * as Y from 'yjs';
import { expect, it } from 'vitest';
import { TOMBSTONE_MS } from './binding';
import { Replica } from './fake-scene';

declare const process: { env: Record<string, string | undefined> };

const ROUNDS = Number(process.env.WEFT_ROUNDS ?? 25);
const STEPS = 60;
const TYPES = ['rectangle', 'ellipse', 'text', 'freedraw'];
const COLOURS = ['#e03131', '#2f9e44', '#1971c2'];

/** mulberry32 */
function chance(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One thing a person does, or the network does. */
function step(replicas: Replica[], random: () => number, serial: () => number): void {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(random() * from.length)]!;
  const replica = pick(replicas);
  const { scene, binding } = replica;
  const shapes = scene.shapes();
  const shape = shapes.length > 0 ? pick(shapes) : null;
  const actions = [
    () => void scene.add({ id: `shape-${serial()}`, type: pick(TYPES), x: Math.round(random() * 100) }),
    () => shape && scene.change(shape.id, { x: Math.round(random() * 1000) / 8, y: Math.round(random() * 100) }),
    () => shape && scene.change(shape.id, { strokeColor: pick(COLOURS) }),
    () => shape && scene.change(shape.id, { isDeleted: random() < 0.5 }),
    () => shape?.type === 'text' && scene.change(shape.id, { text: `text ${serial()}`, originalText: `text ${serial()}` }),
    () => shape?.type === 'freedraw' && scene.change(shape.id, { points: [...(shape.points as number[][]), [Math.round(random() * 50), 3]] }),
    () => shapes.length > 1 && shape !== shapes[0] && shape && scene.raise(shape.id, shapes[0]!.id),
    () => shape && void (scene.held.has(shape.id) ? scene.held.delete(shape.id) : scene.held.add(shape.id)),
    () => void (replica.now += Math.floor(random() * TOMBSTONE_MS)),
    () => binding.push(),
    () => binding.pull(),
    () => tell(replica, pick(replicas)),
  ];
  pick(actions)();
}

function tell(from: Replica, to: Replica): void {
  Y.applyUpdate(to.doc, Y.encodeStateAsUpdate(from.doc, Y.encodeStateVector(to.doc)), 'remote');
}

/** Until nobody has anything new; that must not take long. */
function settle(replicas: Replica[]): void {
  for (const { scene } of replicas) scene.held.clear();
  for (let round = 0; round < 6; round += 1) {
    const before = replicas.reduce((sum, { updates }) => sum + updates.length, 0);
    for (const { binding } of replicas) {
      binding.push();
      binding.pull();
    }
    for (const from of replicas) for (const to of replicas) if (from !== to) tell(from, to);
    for (const { binding } of replicas) binding.pull();
    if (round > 0 && before === replicas.reduce((sum, { updates }) => sum + updates.length, 0)) return;
  }
  throw new Error('the replicas go on writing to each other');
}

// [B1]
it('converges whatever people do in whatever order it travels', { timeout: 60_000 }, () => {
  const first = Number(process.env.WEFT_SEED ?? Math.floor(Math.random() * 2 ** 31));
  for (let round = 0; round < ROUNDS; round += 1) {
    const seed = first + round;
    const random = chance(seed);
    let count = 0;
    const replicas = [1, 2, 3].map((client) => new Replica(client));
    try {
      for (let at = 0; at < STEPS; at += 1) step(replicas, random, () => (count += 1));
      settle(replicas);
      const late = new Replica(9, Y.encodeStateAsUpdate(replicas[0]!.doc));
      for (const { scene } of [...replicas.slice(1), late]) {
        expect(scene.content()).toEqual(replicas[0]!.scene.content());
        expect(scene.order()).toEqual(replicas[0]!.scene.order());
      }
    } catch (error) {
      throw new Error(`seed ${seed}: run again with WEFT_SEED=${seed}`, { cause: error });
    }
  }
});
