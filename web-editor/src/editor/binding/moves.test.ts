import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { TEXT } from './format';
import { Moves } from './moves';
import { unitsSince } from './units';

/** Somebody with a copy of the text who moves and settles. */
class Page {
  readonly doc = new Y.Doc({ gc: false });
  readonly text = this.doc.getText(TEXT);
  readonly moves = new Moves(this.doc, this.text);

  constructor(client: number, ...seen: Page[]) {
    this.doc.clientID = client;
    this.see(...seen);
  }

  see(...others: Page[]): this {
    for (const { doc } of others) Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(doc));
    return this;
  }

  /** Takes the only letter that is there to the end. */
  move(letter = 'x'): this {
    const index = this.text.toString().indexOf(letter);
    let item = this.text._start!;
    for (let left = index; item.deleted || left > 0; item = item.right!) if (!item.deleted) left -= item.length;
    const clock = Y.getState(this.doc.store, this.doc.clientID);
    this.doc.transact(() => {
      this.text.insert(this.text.length, letter);
      this.text.delete(index, 1);
      this.moves.note(unitsSince(this.doc, this.text, clock), [{ client: item.id.client, clock: item.id.clock, length: 1 }]);
    });
    return this;
  }

  settle(): this {
    this.moves.settle(null);
    return this;
  }
}

function first(): Page {
  const page = new Page(9);
  page.text.insert(0, 'x');
  return page;
}

// [P4]
describe('what several move', () => {
  it('is there once', () => {
    const start = first();
    const [a, b] = [new Page(1, start).move(), new Page(2, start).move()];
    expect(new Page(5, a, b).settle().text.toString()).toBe('x');
    expect(a.see(b).settle().see(b.see(a).settle()).text.toString()).toBe('x');
  });

  it('is there still when it was taken from where the other had deleted it', () => {
    const start = first();
    const [low, high] = [new Page(2, start).move(), new Page(3, start).move()];
    const again = new Page(1, high).move();
    const sawBoth = new Page(6, low, again).settle();
    low.see(high).settle();
    expect(new Page(7, low, high, again, sawBoth).settle().text.toString()).toBe('x');
  });

  it('is there once when the word that it was a copy came later than the copy of it', () => {
    const start = first();
    const mover = new Page(2, start).move();
    mover.moves.map.clear();
    const early = new Page(4, mover).move();
    const end = new Page(5, early, new Page(3, start).move());
    end.moves.note([{ client: 2, clock: 0, length: 1 }], [{ client: 9, clock: 0, length: 1 }]);
    expect(end.settle().text.toString()).toBe('x');
  });

  it('that an undo brought back is there once', () => {
    const start = first();
    const undoer = new Page(1, start);
    const manager = new Y.UndoManager([undoer.text], { trackedOrigins: new Set([null]) });
    undoer.move();
    const other = new Page(2, start).move();
    manager.undo();
    undoer.moves.noteRedone('moves');
    expect(new Page(5, undoer, other).settle().text.toString()).toBe('x');
    manager.redo();
    undoer.moves.noteRedone('moves');
    expect(new Page(6, undoer, other).settle().text.toString()).toBe('x');
  });

  it('takes no time for claims that go round in circles or overlap', () => {
    const page = first();
    page.text.insert(0, 'abcdefgh'.repeat(20));
    for (let at = 0; at < 100; at += 1) page.moves.map.set(`9-${at}`, [9, (at * 7) % 60, 100, 1]);
    expect(page.moves.copies().reduce((units, { length }) => units + length, 0)).toBeLessThan(20_000);
  });
});
