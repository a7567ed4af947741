import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { piecesOf } from './pieces';

/** Applies pieces one by one; nothing may be left waiting for what comes later. */
function built(pieces: Uint8Array[], base: Uint8Array = Y.encodeStateAsUpdate(new Y.Doc())): Y.Doc {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, base);
  for (const piece of pieces) {
    Y.applyUpdate(doc, piece);
    expect(doc.store.pendingStructs).toBeNull();
    expect(doc.store.pendingDs).toBeNull();
  }
  return doc;
}

function writer(fill: (doc: Y.Doc) => void): Y.Doc {
  const doc = new Y.Doc();
  fill(doc);
  return doc;
}

function seeded(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

/** Several people write into and delete from each other's text, lists and maps, and sync now and then. */
function busy(random: (below: number) => number): Y.Doc {
  const docs = Array.from({ length: 4 }, () => new Y.Doc());
  for (let turn = 0; turn < 150; turn++) {
    const doc = docs[random(4)]!;
    const text = doc.getText('text');
    const list = doc.getArray<unknown>('list');
    const at = random(text.length + 1);
    const what = random(6);
    if (what === 0) text.insert(at, 'wörter 😀 '.repeat(1 + random(20)));
    else if (what === 1) text.delete(at, Math.min(random(8), text.length - at));
    else if (what === 2) text.insertEmbed(at, new Y.Map([['type', 'heading']]));
    else if (what === 3) list.insert(random(list.length + 1), [turn, { turn }, `${turn}`, null]);
    else if (what === 4) doc.getMap('map').set(`k${random(5)}`, new Y.Text(`value ${turn}`));
    else Y.applyUpdate(doc, Y.encodeStateAsUpdate(docs[random(4)]!));
  }
  for (const doc of docs) for (const other of docs) Y.applyUpdate(doc, Y.encodeStateAsUpdate(other));
  return docs[0]!;
}

/** What is in a document, types in it included. */
function json(doc: Y.Doc): unknown {
  const text = doc.getText('text').toDelta().map(({ insert }: { insert: unknown }) => (insert instanceof Y.Map ? insert.toJSON() : insert));
  return [text, doc.getArray('list').toJSON(), doc.getMap('map').toJSON()];
}

// [P82]
describe('pieces of an update', () => {
  it('are the update itself while it fits', () => {
    const update = Y.encodeStateAsUpdate(writer((doc) => doc.getText('text').insert(0, 'short')));
    expect(piecesOf(update, update.length)).toEqual([update]);
  });

  it('cut a long text, and no letter of it', () => {
    for (const letters of ['a', 'ß', '語', '😀', 'a😀']) {
      const whole = letters.repeat(20_000);
      const pieces = piecesOf(Y.encodeStateAsUpdate(writer((doc) => doc.getText('text').insert(0, whole))), 4_096);
      for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(4_096);
      expect(built(pieces).getText('text').toString()).toBe(whole);
    }
  });

  it('cut a long list', () => {
    const whole = Array.from({ length: 5_000 }, (_, n) => ({ n, text: 'x'.repeat(n % 50) }));
    const pieces = piecesOf(Y.encodeStateAsUpdate(writer((doc) => doc.getArray('list').insert(0, whole))), 4_096);
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(4_096);
    expect(built(pieces).getArray('list').toJSON()).toEqual(whole);
  });

  it('leave a value whole that is larger', () => {
    const doc = writer((doc) => {
      doc.getText('text').insert(0, 'before');
      doc.getMap('map').set('picture', 'x'.repeat(10_000));
      doc.getText('text').insert(6, ' and after');
    });
    const pieces = piecesOf(Y.encodeStateAsUpdate(doc), 1_000);
    expect(pieces.filter(({ length }) => length > 1_000)).toHaveLength(1);
    expect(json(built(pieces))).toEqual(json(doc));
  });

  it.each([1, 2, 3, 4, 5])('build on those before them only, whoever wrote what (seed %i)', (seed) => {
    const doc = busy(seeded(seed));
    const update = Y.encodeStateAsUpdate(doc);
    for (const bytesMax of [1, 100, 1_000, update.length - 1]) {
      const pieces = piecesOf(update, bytesMax);
      expect(pieces.length).toBeGreaterThan(1);
      expect(json(built(pieces))).toEqual(json(doc));
      if (bytesMax >= 1_000) for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(bytesMax);
    }
  });

  it('of a difference build on what the other side has', () => {
    const doc = busy(seeded(6));
    const base = Y.encodeStateAsUpdate(doc);
    const since = Y.encodeStateVector(doc);
    doc.getText('text').insert(3, 'y'.repeat(9_000));
    doc.getText('text').delete(0, 2);
    const pieces = piecesOf(Y.encodeStateAsUpdate(doc, since), 2_000);
    expect(pieces.length).toBeGreaterThan(3);
    expect(json(built(pieces, base))).toEqual(json(doc));
  });

  it('divide many deletions', () => {
    const doc = writer((doc) => {
      const text = doc.getText('text');
      for (let n = 0; n < 4_000; n++) text.insert(0, 'ab');
      for (let n = 0; n < 4_000; n++) text.delete(n, 1);
    });
    const pieces = piecesOf(Y.encodeStateAsUpdate(doc), 2_000);
    for (const piece of pieces) expect(piece.length).toBeLessThanOrEqual(2_000);
    expect(json(built(pieces))).toEqual(json(doc));
  });

  it('are cut in time that grows with the update', () => {
    const update = Y.encodeStateAsUpdate(writer((doc) => doc.getText('text').insert(0, 'x'.repeat(20 << 20))));
    const started = performance.now();
    expect(piecesOf(update, 1 << 20).length).toBeGreaterThan(19);
    expect(performance.now() - started).toBeLessThan(5_000);
  });
});
