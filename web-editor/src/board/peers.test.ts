import { describe, expect, it } from 'vitest';
import { SELECTED_MAX, peerIn } from './peers';
import { boundsOf, centred, edgeOf, fitted, toScene, toScreen } from './viewport';

const user = { id: 'grace', name: 'Grace', color: '#2563eb' };

describe('a person on the board', () => {
  it('is read from their awareness', () => {
    const board = { pointer: [3, 4], laser: true, down: true, selected: ['a'], view: [0, 0, 100, 50] };
    expect(peerIn({ user, board, idle: true })).toEqual({ person: user, idle: true, ...board });
    expect(peerIn({ user })).toMatchObject({ pointer: null, selected: [], view: null, laser: false });
    expect(peerIn({ board })).toBeNull();
  });

  // [B7]
  it('may say anything without harm', () => {
    for (const pointer of ['x', [1], [1, 2, 3], [Number.NaN, 1], [1e300, 0], [null, null], {}]) {
      expect(peerIn({ user, board: { pointer } })!.pointer).toBeNull();
    }
    for (const view of [[0, 0, 0, 10], [0, 0, -5, 5], [0, 0, 1], 'all', [0, 0, Number.POSITIVE_INFINITY, 1]]) {
      expect(peerIn({ user, board: { view } })!.view).toBeNull();
    }
    const selected = [...Array.from({ length: 1_000 }, (_, at) => `s${at}`), '__proto__', 7];
    expect(peerIn({ user, board: { selected } })!.selected).toHaveLength(SELECTED_MAX);
    expect(peerIn({ user, board: { selected: ['__proto__', 'ok', {}, null], laser: 'yes', down: 1 } })).toMatchObject({ selected: ['ok'], laser: false, down: false });
    for (const board of [null, 5, 'board', []]) expect(peerIn({ user, board })!.pointer).toBeNull();
  });
});

describe('a viewport', () => {
  const view = { scrollX: 10, scrollY: -20, zoom: 2, width: 800, height: 600 };

  it('goes between scene and screen', () => {
    expect(toScreen(view, { x: 5, y: 30 })).toEqual({ x: 30, y: 20 });
    expect(toScene(view, { x: 30, y: 20 })).toEqual({ x: 5, y: 30 });
    expect(boundsOf(view)).toEqual([-10, 20, 400, 300]);
  });

  // [B12]
  it('shows what somebody else sees, whole', () => {
    const [x, y, width, height] = boundsOf(fitted(view, [100, 100, 400, 100]));
    expect([x, width]).toEqual([100, 400]);
    expect(y).toBeLessThanOrEqual(100);
    expect(y + height).toBeGreaterThanOrEqual(200);
    expect(fitted(view, [0, 0, 1e6, 1e6]).zoom).toBe(0.1);
    const middle = toScreen(centred(view, { x: 7, y: 8 }), { x: 7, y: 8 });
    expect(middle).toEqual({ x: 400, y: 300 });
  });

  // [B12]
  it('hints from its edge at what is beyond', () => {
    expect(edgeOf(view, { x: 400, y: 300 }, 20)).toBeNull();
    expect(edgeOf(view, { x: 9_400, y: 300 }, 20)).toEqual({ x: 780, y: 300, angle: 0 });
    expect(edgeOf(view, { x: 400, y: -900 }, 20)).toMatchObject({ x: 400, y: 20 });
    const corner = edgeOf(view, { x: 4_000, y: 3_000 }, 20)!;
    expect(corner.x).toBeLessThanOrEqual(780);
    expect(corner.y).toBeLessThanOrEqual(580);
  });
});
