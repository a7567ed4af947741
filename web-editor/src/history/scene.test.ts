import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Scene, shapeChanges } from './scene';
import type { Comparing } from './stage';

const WRITER = { name: 'Ada', color: '#2563eb' };

function add(doc: Y.Doc, id: string, more: Record<string, unknown> = {}): Y.Map<unknown> {
  const entry = new Y.Map<unknown>();
  const values = { type: 'rectangle', x: 0, y: 0, width: 10, height: 10, index: 'a1', ...more };
  for (const [key, value] of Object.entries(values)) entry.set(key, value);
  doc.getMap('elements').set(id, entry);
  return entry;
}

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc({ gc: false });
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
}

const comparing = (before: Y.Doc): Comparing => ({ before, inserted: (client) => client, deleted: (client) => client + 100, writer: () => WRITER });

describe('a board at a moment', () => {
  // [T36]
  it('has its shapes in order, the same version for those that did not change, and nothing deleted or senseless', () => {
    const doc = new Y.Doc({ gc: false });
    add(doc, 'over', { index: 'a2' });
    add(doc, 'under', { index: 'a0' });
    add(doc, 'gone', { isDeleted: true });
    add(doc, 'odd', { width: 'wide' });
    doc.getMap('elements').set('worse', 5);
    const scene = new Scene((_id, values) => values);
    const first = scene.shapes(doc);
    expect(first.map(({ id }) => id)).toEqual(['under', 'over']);
    (doc.getMap('elements').get('over') as Y.Map<unknown>).set('x', 50);
    const second = scene.shapes(doc);
    expect(second[0]!.version).toBe(first[0]!.version);
    expect(second[1]!.version).toBeGreaterThan(first[1]!.version);
  });

  // [B30]
  it('has the words of a text as they were typed, measured anew where nobody had measured them yet', () => {
    const doc = new Y.Doc({ gc: false });
    add(doc, 'note', { type: 'text', text: 'start', letters: new Y.Text('start') });
    const scene = new Scene((_id, values) => ({ ...values, width: 10 * String(values.text).length }));
    expect(scene.shapes(doc)[0]).toMatchObject({ text: 'start', width: 10 });
    ((doc.getMap('elements').get('note') as Y.Map<unknown>).get('letters') as Y.Text).insert(5, ' anna');
    expect(scene.shapes(doc)[0]).toMatchObject({ text: 'start anna', originalText: 'start anna', width: 100 });
  });

  // [T36]
  it('tells what was drawn, changed and deleted since, and by whom', () => {
    const doc = new Y.Doc({ gc: false });
    doc.clientID = 1;
    add(doc, 'stays');
    add(doc, 'moves');
    add(doc, 'hidden');
    add(doc, 'removed');
    const stroke = add(doc, 'grows', { type: 'freedraw', points: Y.Array.from([0, 0, 1, 1]), pressures: new Y.Array() });
    const before = copyOf(doc);
    const other = copyOf(doc);
    other.clientID = 2;
    const elements = other.getMap('elements');
    (elements.get('moves') as Y.Map<unknown>).set('x', 7);
    (elements.get('hidden') as Y.Map<unknown>).set('isDeleted', true);
    elements.delete('removed');
    ((elements.get('grows') as Y.Map<unknown>).get('points') as Y.Array<number>).push([2, 2]);
    add(other, 'new');
    expect(stroke.has('points')).toBe(true);
    const told = shapeChanges(other, comparing(before)).map(({ kind, shape, who }) => `${kind} ${shape.id} ${who}`);
    expect(told.sort()).toEqual(['change grows 2', 'change moves 2', 'delete hidden 2', 'delete removed 101', 'insert new 2']);
    expect(shapeChanges(before, comparing(before))).toEqual([]);
  });
});
