import * as Y from 'yjs';
import { describe, expect, it } from 'vitest';
import { plain, Replica, exchange, pair } from './fake-scene';

/** Elements nobody's Excalidraw wrote; each is a change to a good one. */
const BAD: Record<string, Record<string, unknown>> = {
  'an unknown type': { type: 'bomb' },
  'a page of a stranger': { type: 'embeddable', link: 'https://evil.example/' },
  'no type': { type: undefined },
  'a type that is no string': { type: { toString: 1 } },
  'a place that is no number': { x: Number.NaN },
  'a place out of this world': { y: 1e300 },
  'a place that is text': { x: '5' },
  'a giant size': { width: 1e9 },
  'no size': { height: undefined },
  'points that are none': { type: 'line', points: ['x'] },
  'points without end': { type: 'line', points: Array.from({ length: 5_000 }, () => [0, 0]) },
  'a line without points': { type: 'arrow', points: [] },
  'a text that is a number': { type: 'text', text: 7 },
};

/** Values that are replaced by the usual ones. */
const ODD: Record<string, unknown> = {
  angle: Number.POSITIVE_INFINITY, strokeColor: 'url(https://evil.example)', backgroundColor: { a: 1 }, fillStyle: 'lava', strokeWidth: -4, roundness: { type: 99 },
  roughness: 1e9, opacity: 'all', seed: 0.5, index: 'zz', isDeleted: 'no', groupIds: ['__proto__'], frameId: 12, boundElements: [{ id: 'x', type: 'virus' }],
  link: 'javascript:alert(1)', locked: 1, customData: { generationData: {} }, version: 1e99,
};

function write(replica: Replica, id: string, values: Record<string, unknown>): void {
  replica.doc.transact(() => {
    const entry = new Y.Map<unknown>();
    for (const [key, value] of Object.entries({ ...plain(typeof values.type === 'string' ? values.type : 'rectangle'), type: 'rectangle', ...values })) if (value !== undefined) entry.set(key, value);
    replica.binding.elements.set(id, entry);
  }, 'stranger');
}

describe('a hostile document', () => {
  // [B7]
  it.each(Object.entries(BAD))('does not show %s', (_name, values) => {
    const [ada, eve] = pair();
    ada.scene.add({ id: 'good', type: 'rectangle' });
    write(eve, 'bad', values);
    exchange(ada, eve);
    expect(ada.scene.order()).toEqual(['good']);
    ada.scene.change('good', { x: 4 });
    ada.binding.push();
    expect(ada.entry('bad').get('type')).toEqual('type' in values ? values.type : 'rectangle');
  });

  // [B7]
  it('shows an element without its odd properties, and writes none of that back', () => {
    const [ada, eve] = pair();
    write(eve, 'odd', { ...ODD, x: 5 });
    exchange(ada, eve);
    const shown = ada.scene.get('odd');
    expect(shown).toMatchObject({ x: 5, angle: 0, strokeColor: '#1e1e1e', link: null, groupIds: [], isDeleted: false, opacity: 100 });
    expect(shown).not.toHaveProperty('customData');
    ada.scene.change('odd', { x: 6 });
    ada.binding.push();
    const written = ada.entry('odd').toJSON();
    expect(written.x).toBe(6);
    expect(written).toMatchObject({ fillStyle: 'lava', link: 'javascript:alert(1)', index: 'zz' });
    expect(ada.updates).toHaveLength(1);
  });

  // [B7]
  it('shows the good part of a stroke', () => {
    const [ada, eve] = pair();
    const points = Y.Array.from<number | string>([0, 0, 5, 5, 'x', 9, 9]);
    write(eve, 'stroke', { ...plain('freedraw'), points, pressures: 'none' });
    exchange(ada, eve);
    expect(ada.scene.get('stroke')).toMatchObject({ points: [[0, 0], [5, 5]], pressures: [] });
    write(eve, 'empty', { ...plain('freedraw'), points: Y.Array.from<number>([Number.NaN]), pressures: undefined });
    exchange(ada, eve);
    expect(ada.scene.order()).toEqual(['stroke']);
  });

  // [B7]
  it('takes an element away that turns bad, without calling it deleted', () => {
    const [ada, eve] = pair();
    ada.scene.add({ id: 'box', type: 'rectangle' });
    exchange(ada, eve);
    eve.doc.transact(() => eve.entry('box').set('width', 'wide'), 'stranger');
    exchange(ada, eve);
    expect(ada.scene.order()).toEqual([]);
    expect(ada.entry('box').get('isDeleted')).toBeUndefined();
    eve.doc.transact(() => eve.entry('box').set('width', 8), 'stranger');
    exchange(ada, eve);
    expect(ada.scene.get('box').width).toBe(8);
  });

  // [B7]
  it('ignores ids that would be more than keys, and entries that are no elements', () => {
    const [ada, eve] = pair();
    for (const id of ['__proto__', 'constructor', 'a b', '', 'x'.repeat(100)]) write(eve, id, {});
    eve.doc.transact(() => {
      eve.binding.elements.set('text', 'boo');
      eve.binding.elements.set('list', Y.Array.from([1]));
      eve.binding.elements.set('json', { type: 'rectangle', x: 0 });
    }, 'stranger');
    exchange(ada, eve);
    expect(ada.scene.shapes()).toEqual([]);
    expect(ada.updates).toEqual([]);
  });

  // [B7]
  it('draws over what is no element with one that is', () => {
    const [ada, eve] = pair();
    eve.doc.transact(() => eve.binding.elements.set('box', 'boo'), 'stranger');
    exchange(ada, eve);
    ada.scene.add({ id: 'box', type: 'rectangle', x: 3 });
    exchange(ada, eve);
    expect(eve.scene.get('box').x).toBe(3);
  });
});
