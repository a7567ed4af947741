import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { exchange, pair, Replica } from './fake-scene';
import type { Shape } from './entry';

/** Somebody labels the shape, as Excalidraw does it. */
function label({ scene }: Replica, id: string, words: string): void {
  scene.add({ id, type: 'text', containerId: 'box', x: 10, y: 20, height: 25, textAlign: 'center' });
  scene.setWords(id, words);
  scene.change('box', { boundElements: [...named(scene.get('box')), { id, type: 'text' }] });
}

const named = (shape: Shape) => (shape.boundElements ?? []) as { id: string; type: string }[];
const place = ({ scene }: Replica, id: string) => { const { containerId, x, y } = scene.get(id); return { containerId, x, y }; };

/** Excalidraw shows a text that names a shape only where the shape names it first. */
function readable({ scene }: Replica): string[] {
  return scene.order().filter((id) => {
    const shape = scene.get(id);
    return shape.type === 'text' && (shape.containerId === null || named(scene.get(String(shape.containerId))).find(({ type }) => type === 'text')?.id === id);
  }).sort();
}

/** Two people with a box on their board. */
function sharing(): [Replica, Replica] {
  const [ada, bob] = pair();
  ada.scene.add({ id: 'box', type: 'rectangle', x: 0, y: 0, width: 100, height: 50 });
  exchange(ada, bob);
  return [ada, bob];
}

/** They label it, each without knowing of the other. */
function both(): [Replica, Replica] {
  const [ada, bob] = sharing();
  label(ada, 'hers', 'Ada');
  label(bob, 'his', 'Bob');
  exchange(ada, bob);
  exchange(ada, bob);
  return [ada, bob];
}

describe('two labels of one shape', () => {
  // [B38]
  it('are both to be read by everybody: one in the shape, one beside it', () => {
    const replicas = both();
    for (const replica of [...replicas, new Replica(3, Y.encodeStateAsUpdate(replicas[0].doc))]) {
      expect(readable(replica)).toEqual(['hers', 'his']);
      expect(replica.scene.content()).toEqual(replicas[0].scene.content());
      const free = ['hers', 'his'].filter((id) => replica.scene.get(id).containerId === null);
      expect(free).toHaveLength(1);
      expect(place(replica, free[0]!)).toEqual({ containerId: null, x: 110, y: 0 });
    }
  });

  // [B4] [B38]
  it('are arranged without writing', () => {
    const [ada, bob] = both();
    const before = [ada, bob].map(({ updates }) => updates.length);
    exchange(ada, bob);
    for (const { binding } of [ada, bob]) expect(binding.waiting || binding.dirty()).toBe(false);
    expect([ada, bob].map(({ updates }) => updates.length)).toEqual(before);
  });

  // [B38]
  it('are so after one was still being typed while the other came, as Excalidraw names it again then', () => {
    const [ada, bob] = sharing();
    label(ada, 'hers', 'Ada');
    ada.scene.edit('hers');
    label(bob, 'his', 'Bob');
    exchange(ada, bob);
    ada.scene.key('!');
    exchange(ada, bob);
    const names = named(ada.scene.get('box'));
    if (names[0]?.id !== 'hers') ada.scene.change('box', { boundElements: [...names, { id: 'hers', type: 'text' }] });
    ada.scene.leave();
    for (let round = 0; round < 3; round += 1) exchange(ada, bob);
    for (const replica of [ada, bob]) {
      expect(readable(replica)).toEqual(['hers', 'his']);
      expect(replica.scene.get('hers').originalText).toBe('Ada!');
      expect(replica.binding.waiting).toBe(false);
    }
    expect(ada.scene.content()).toEqual(bob.scene.content());
  });

  // [B38]
  it('stay apart where somebody moves the text or the shape, and for who reads the entries alone', () => {
    for (const moved of ['text', 'box']) {
      const [ada, bob] = both();
      const free = ['hers', 'his'].find((id) => ada.scene.get(id).containerId === null)!;
      ada.scene.change(moved === 'box' ? 'box' : free, { x: 300, y: 300 });
      exchange(ada, bob);
      exchange(ada, bob);
      expect(place(bob, free)).toEqual(moved === 'box' ? { containerId: null, x: 110, y: 0 } : { containerId: null, x: 300, y: 300 });
      expect(bob.entry(free).get('containerId')).toBeNull();
      expect(ada.scene.content()).toEqual(bob.scene.content());
      expect(readable(bob)).toEqual(['hers', 'his']);
    }
  });

  // [B38]
  it('are one again when the other is deleted', () => {
    const [ada, bob] = both();
    const inside = ['hers', 'his'].find((id) => ada.scene.get(id).containerId === 'box')!;
    ada.scene.change(inside, { isDeleted: true });
    exchange(ada, bob);
    exchange(ada, bob);
    for (const replica of [ada, bob]) expect(readable(replica)).toHaveLength(1);
    expect(ada.scene.content()).toEqual(bob.scene.content());
  });
});

describe('the label of a shape', () => {
  // [B38]
  it('is seen though somebody tied an arrow to the shape at the same time', () => {
    for (const first of [0, 1]) {
      const [ada, bob] = sharing();
      const [writer, drawer] = first === 0 ? [ada, bob] : [bob, ada];
      label(writer, 'words', 'Words');
      drawer.scene.add({ id: 'arrow', type: 'arrow', points: [[0, 0], [10, 10]], startBinding: null, endBinding: null });
      drawer.scene.change('box', { boundElements: [{ id: 'arrow', type: 'arrow' }] });
      for (let round = 0; round < 3; round += 1) exchange(ada, bob);
      for (const replica of [ada, bob]) expect([readable(replica), replica.scene.get('words').containerId]).toEqual([['words'], 'box']);
    }
  });

  // [B7] [B38]
  it('may be named by a stranger in any way, without end and without a loop', () => {
    const doc = new Y.Doc();
    const elements = doc.getMap('elements');
    const text = (containerId: unknown) => new Y.Map<unknown>(Object.entries({ type: 'text', x: 0, y: 0, width: 50, height: 25, text: 'x', index: 'a0', containerId }));
    const box = (boundElements: unknown) => new Y.Map<unknown>(Object.entries({ type: 'rectangle', x: 0, y: 0, width: 50, height: 25, index: 'a0', boundElements }));
    elements.set('self', text('self'));
    elements.set('other', text('self'));
    elements.set('lost', text('nowhere'));
    elements.set('odd', text(7));
    elements.set('box', box([{ id: 'gone', type: 'text' }, { id: 'box', type: 'text' }]));
    for (let at = 0; at < 2_000; at += 1) elements.set(`many-${at}`, text('box'));
    const started = performance.now();
    const replica = new Replica(1, Y.encodeStateAsUpdate(doc));
    replica.binding.push();
    replica.binding.pull();
    expect(performance.now() - started).toBeLessThan(5_000);
    expect(named(replica.scene.get('box'))).toHaveLength(1);
    expect(replica.updates).toEqual([]);
    expect(replica.binding.waiting).toBe(false);
  });
});
