import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { TOMBSTONE_MS } from './binding';
import { Replica, exchange, pair } from './fake-scene';

const box = { id: 'box', type: 'rectangle' };

describe('a binding', () => {
  // [B1]
  it('shows the others what was drawn, with everything that makes it look so', () => {
    const [ada, bob] = pair();
    ada.scene.add({ ...box, x: 10, y: 20, strokeColor: '#e03131', angle: 0.5 });
    ada.scene.add({ id: 'note', type: 'text', text: 'a\nb', originalText: 'a b' });
    exchange(ada, bob);
    expect(bob.scene.content()).toEqual(ada.scene.content());
    expect(bob.scene.get('note').originalText).toBe('a b');
  });

  // [B2]
  it('merges a move and a recolouring of one shape', () => {
    const [ada, bob] = pair();
    ada.scene.add(box);
    exchange(ada, bob);
    ada.scene.change('box', { x: 300 });
    bob.scene.change('box', { strokeColor: '#2f9e44' });
    exchange(ada, bob);
    for (const { scene } of [ada, bob]) expect(scene.get('box')).toMatchObject({ x: 300, strokeColor: '#2f9e44' });
  });

  // [B2]
  it('merges them also while the shape is held', () => {
    const [ada, bob] = pair();
    ada.scene.add(box);
    exchange(ada, bob);
    ada.scene.held.add('box');
    ada.scene.change('box', { x: 300 });
    bob.scene.change('box', { strokeColor: '#2f9e44' });
    exchange(ada, bob);
    expect(ada.scene.get('box')).toMatchObject({ x: 300, strokeColor: '#1e1e1e' });
    ada.scene.change('box', { x: 310 });
    ada.scene.held.clear();
    exchange(ada, bob);
    for (const { scene } of [ada, bob]) expect(scene.get('box')).toMatchObject({ x: 310, strokeColor: '#2f9e44' });
  });

  // [B2]
  it('writes what was done here before it shows what came meanwhile', () => {
    const [ada, bob] = pair();
    ada.scene.add(box);
    exchange(ada, bob);
    bob.scene.change('box', { x: 5, y: 6 });
    bob.binding.push();
    ada.scene.change('box', { x: 300 });
    Y.applyUpdate(ada.doc, encode(bob), 'remote');
    ada.binding.pull();
    expect(ada.scene.get('box')).toMatchObject({ x: 300, y: 0 });
    exchange(ada, bob);
    for (const { scene } of [ada, bob]) expect(scene.get('box')).toMatchObject({ x: 300, y: 6 });
  });

  // [B3]
  it('leaves a text alone while it is held, and merges afterwards, word by word', () => {
    const [ada, bob] = pair();
    ada.scene.add({ id: 'note', type: 'text' });
    exchange(ada, bob);
    ada.scene.held.add('note');
    ada.scene.change('note', { text: 'hello wor', originalText: 'hello wor' });
    bob.scene.change('note', { text: 'bye', originalText: 'bye', strokeColor: '#1971c2' });
    exchange(ada, bob);
    expect(ada.scene.get('note').text).toBe('hello wor');
    ada.scene.change('note', { text: 'hello world', originalText: 'hello world' });
    ada.scene.held.clear();
    exchange(ada, bob);
    exchange(ada, bob);
    for (const { scene } of [ada, bob]) expect(scene.get('note')).toMatchObject({ text: 'bye world', originalText: 'bye world', strokeColor: '#1971c2' });
  });

  // [B3]
  it('keeps a text that is typed on although somebody deleted it', () => {
    const [ada, bob] = pair();
    ada.scene.add({ id: 'note', type: 'text' });
    exchange(ada, bob);
    ada.scene.held.add('note');
    bob.scene.change('note', { isDeleted: true });
    exchange(ada, bob);
    ada.scene.change('note', { text: 'still here', originalText: 'still here' });
    ada.scene.held.clear();
    exchange(ada, bob);
    expect(ada.scene.order()).toEqual(['note']);
    expect(bob.scene.order()).toEqual(['note']);
  });

  // [B4]
  it('echoes nothing, and looking writes nothing', () => {
    const [ada, bob] = pair();
    ada.scene.add(box);
    ada.scene.add({ id: 'line', type: 'freedraw', points: [[0, 0], [1.23456, 7.89]] });
    exchange(ada, bob);
    const before = ada.updates.length;
    for (let round = 0; round < 3; round += 1) exchange(ada, bob);
    expect(bob.updates).toEqual([]);
    expect(ada.updates).toHaveLength(before);
    expect(bob.binding.dirty()).toBe(false);
  });

  // [B4]
  it('mends equal indices on the screen only, until somebody orders anew', () => {
    const [ada, bob] = pair();
    ada.scene.add({ ...box, id: 'a1' });
    bob.scene.add({ ...box, id: 'b1' });
    exchange(ada, bob);
    const reader = new Replica(3);
    exchange(ada, bob, reader);
    expect(ada.scene.order()).toEqual(['a1', 'b1']);
    expect(bob.scene.order()).toEqual(['a1', 'b1']);
    expect([ada.updates.length, bob.updates.length, reader.updates.length]).toEqual([1, 1, 0]);
    ada.scene.add({ ...box, id: 'c1' });
    ada.scene.raise('c1', 'a1');
    exchange(ada, bob, reader);
    for (const { scene } of [ada, bob, reader]) expect(scene.order()).toEqual(['a1', 'c1', 'b1']);
  });

  // [B5]
  it('keeps the order of its elements', () => {
    const [ada, bob] = pair();
    for (const id of ['one', 'two', 'three']) ada.scene.add({ ...box, id });
    exchange(ada, bob);
    bob.scene.raise('one', 'two');
    exchange(ada, bob);
    for (const { scene } of [ada, bob]) expect(scene.order()).toEqual(['two', 'one', 'three']);
    expect(new Replica(9, encode(ada)).scene.order()).toEqual(['two', 'one', 'three']);
  });

  // [B6]
  it('deletes for everybody, and brings back with undo', () => {
    const [ada, bob] = pair();
    ada.scene.add(box);
    exchange(ada, bob);
    ada.scene.change('box', { isDeleted: true });
    exchange(ada, bob);
    expect(bob.scene.order()).toEqual([]);
    ada.scene.change('box', { isDeleted: false });
    exchange(ada, bob);
    expect(bob.scene.order()).toEqual(['box']);
  });

  // [B6]
  it('clears tombstones with the first change of a visit, and undo still brings the element back', () => {
    const [ada, bob] = pair();
    ada.scene.add(box);
    ada.scene.add({ ...box, id: 'other' });
    exchange(ada, bob);
    ada.scene.change('box', { isDeleted: true });
    exchange(ada, bob);
    const eve = new Replica(3, encode(ada));
    eve.isAlone = true;
    expect(eve.updates).toEqual([]);
    eve.scene.change('other', { x: 1 });
    exchange(ada, bob, eve);
    for (const replica of [ada, bob, eve]) expect([...replica.binding.elements.keys()]).toEqual(['other']);
    ada.scene.change('box', { isDeleted: false });
    exchange(ada, bob, eve);
    for (const { scene } of [ada, bob, eve]) expect(scene.order()).toEqual(['box', 'other']);
  });

  // [B6]
  it('clears old tombstones also while others are there, and no recent ones', () => {
    const [ada, bob] = pair();
    for (const id of ['old', 'recent', 'kept']) ada.scene.add({ ...box, id });
    exchange(ada, bob);
    ada.scene.change('old', { isDeleted: true });
    exchange(ada, bob);
    ada.now += TOMBSTONE_MS;
    bob.now = ada.now;
    bob.scene.change('recent', { isDeleted: true });
    exchange(ada, bob);
    ada.scene.change('kept', { x: 3 });
    exchange(ada, bob);
    expect([...ada.binding.elements.keys()].sort()).toEqual(['kept', 'recent']);
  });

  // [B6]
  it('loses nothing when one clears away what another brings back', () => {
    const [ada, bob] = pair();
    ada.scene.add(box);
    ada.scene.add({ ...box, id: 'other' });
    exchange(ada, bob);
    ada.scene.change('box', { isDeleted: true });
    exchange(ada, bob);
    const eve = new Replica(3, encode(ada));
    eve.isAlone = true;
    eve.scene.change('other', { x: 1 });
    eve.binding.push();
    ada.scene.change('box', { isDeleted: false, x: 77 });
    exchange(ada, eve, bob);
    exchange(ada, eve, bob);
    for (const { scene } of [ada, bob, eve]) expect(scene.get('box')).toMatchObject({ x: 77, isDeleted: false });
  });

  it('takes an element that left the scene as deleted, and never one that it did not show', () => {
    const [ada, bob] = pair();
    ada.scene.add(box);
    exchange(ada, bob);
    ada.scene.remove('box');
    ada.binding.push();
    exchange(ada, bob);
    expect(bob.scene.order()).toEqual([]);
    expect(bob.entry('box').get('isDeleted')).toBe(true);
  });

  it('writes nothing for somebody who may not', () => {
    const [ada, bob] = pair();
    ada.scene.add(box);
    exchange(ada, bob);
    bob.isEditable = false;
    ada.scene.change('box', { x: 9 });
    exchange(ada, bob);
    expect(bob.scene.get('box').x).toBe(9);
    expect(bob.updates).toEqual([]);
  });
});

function encode({ doc }: Replica): Uint8Array {
  return Y.encodeStateAsUpdate(doc);
}
