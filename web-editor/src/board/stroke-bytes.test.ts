import * as Y from 'yjs';
import { expect, it } from 'vitest';
import { Replica, plain } from './fake-scene';
import { WRITE_EVERY_MS } from './sync';

const POINTS = 200;
const POINT_EVERY_MS = 1000 / 60;
const GOAL_BYTES = 13 * 1024;

/** A flourish at 60 points a second, as a pointer gives them: with fractions. */
const points = Array.from({ length: POINTS }, (_, at) => [at * 2.37, 80 * Math.sin(at / 9) + at / 7]);

/** Calls `flush` after every write interval with the number of points there are by then, and at the end. */
function draw(flush: (count: number) => void): void {
  let due = 0;
  for (let count = 1; count <= POINTS; count += 1) {
    if (count * POINT_EVERY_MS < due && count < POINTS) continue;
    due = count * POINT_EVERY_MS + WRITE_EVERY_MS;
    flush(count);
  }
}

function sizeOf(count: number): Record<string, unknown> {
  const drawn = points.slice(0, count);
  const [xs, ys] = [drawn.map(([x]) => x!), drawn.map(([, y]) => y!)];
  return { points: drawn, width: Math.max(...xs) - Math.min(...xs), height: Math.max(...ys) - Math.min(...ys) };
}

// [B8]
it(`writes a stroke of ${POINTS} points with little`, () => {
  const ada = new Replica(1);
  ada.scene.add({ id: 'stroke', type: 'freedraw', points: [points[0]!] });
  let writes = 0;
  draw((count) => {
    ada.scene.change('stroke', sizeOf(count));
    ada.binding.push();
    writes += 1;
  });

  const whole = new Y.Doc();
  let wholeBytes = 0;
  whole.on('update', (update: Uint8Array) => (wholeBytes += update.length));
  draw((count) => whole.getMap('elements').set('stroke', { ...plain('freedraw'), ...sizeOf(count), version: count }));

  const kept = Y.encodeStateAsUpdate(ada.doc).length;
  console.log(`a stroke of ${POINTS} points: ${ada.bytes} bytes in ${writes} writes (${kept} bytes kept); whole elements at the same rate: ${wholeBytes} bytes, ${(wholeBytes / ada.bytes).toFixed(0)} times as much`);
  expect(ada.bytes).toBeLessThanOrEqual(GOAL_BYTES);
  expect(new Replica(2, Y.encodeStateAsUpdate(ada.doc)).scene.get('stroke').points).toHaveLength(POINTS);
});
