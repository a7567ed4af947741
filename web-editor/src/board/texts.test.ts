import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Replica, exchange, pair } from './fake-scene';

const words = ({ scene }: Replica, id = 'note') => String(scene.get(id).originalText);

function type(replica: Replica, string: string): void {
  for (const letter of string) replica.scene.key(letter);
}

/** Two people with the same text, neither of whom has it open. */
function sharing(text: string): [Replica, Replica] {
  const [ada, bob] = pair();
  ada.scene.add({ id: 'note', type: 'text' });
  ada.scene.setWords('note', text);
  exchange(ada, bob);
  return [ada, bob];
}

/** The same of a board from before texts had letters. */
function sharingOld(text: string): [Replica, Replica] {
  const old = new Y.Doc();
  old.clientID = 77;
  const entry = new Y.Map<unknown>(Object.entries({ type: 'text', x: 0, y: 0, width: 50, height: 25, text, index: 'a0' }));
  old.getMap('elements').set('note', entry);
  const state = Y.encodeStateAsUpdate(old);
  return [new Replica(1, state), new Replica(2, state)];
}

describe.each([['letters', sharing], ['a plain string', sharingOld]])('a text that is %s', (_name, share) => {
  // [B30]
  it('keeps the words of both, whoever leaves last', () => {
    const [ada, bob] = share('start');
    for (const { scene } of [ada, bob]) scene.edit('note');
    type(ada, ' anna');
    type(bob, ' bert');
    ada.scene.leave();
    ada.binding.push();
    bob.scene.leave();
    bob.binding.push();
    for (let round = 0; round < 3; round += 1) exchange(ada, bob);
    expect(words(ada)).toBe(words(bob));
    expect(words(ada)).toMatch(/^start( anna bert| bert anna)$/);
    for (const replica of [ada, bob]) expect(replica.entry('note').get('text')).toBe(words(ada));
  });

  // [B30]
  it('shows what the other types while both have it open, and the caret stays behind its letter', () => {
    const [ada, bob] = share('start');
    for (const { scene } of [ada, bob]) scene.edit('note');
    bob.scene.caret = 0;
    type(bob, 'to ');
    exchange(ada, bob);
    expect(words(ada)).toBe('to start');
    expect(ada.scene.caret).toBe(8);
    type(ada, '!');
    exchange(ada, bob);
    expect([words(bob), bob.scene.caret]).toEqual(['to start!', 3]);
  });

  // [B30]
  it('leaves a field alone while somebody composes in it, and loses nothing by that', () => {
    const [ada, bob] = share('start');
    for (const { scene } of [ada, bob]) scene.edit('note');
    ada.scene.isComposing = true;
    type(ada, 'ni');
    bob.scene.caret = 0;
    type(bob, 'X');
    exchange(ada, bob);
    expect(words(ada)).toBe('startni');
    ada.scene.key('Backspace');
    ada.scene.key('Backspace');
    type(ada, '你');
    ada.scene.isComposing = false;
    exchange(ada, bob);
    exchange(ada, bob);
    for (const replica of [ada, bob]) expect(words(replica)).toBe('Xstart你');
  });

  // [B31]
  it('takes back one\'s own letters only', () => {
    const [ada, bob] = share('start');
    ada.scene.edit('note');
    type(ada, ' anna');
    ada.scene.leave();
    exchange(ada, bob);
    bob.scene.edit('note');
    type(bob, ' bert');
    bob.scene.leave();
    exchange(ada, bob);
    ada.scene.putBack('undo', 'note', { text: 'start', originalText: 'start' });
    ada.binding.push();
    ada.scene.now = null;
    exchange(ada, bob);
    for (const replica of [ada, bob]) expect(words(replica)).toBe('start bert');
    ada.scene.putBack('redo', 'note', { text: 'start anna bert', originalText: 'start anna bert' });
    ada.binding.push();
    ada.scene.now = null;
    exchange(ada, bob);
    for (const replica of [ada, bob]) expect(words(replica)).toBe('start anna bert');
  });

  // [B4]
  it('is not written by looking at it, nor by opening and leaving its field', () => {
    const [ada, bob] = share('start');
    exchange(ada, bob);
    const before = [ada, bob].map(({ updates }) => updates.length);
    ada.scene.edit('note');
    ada.scene.leave();
    exchange(ada, bob);
    expect([ada, bob].map(({ updates }) => updates.length)).toEqual(before);
  });

  // [B3]
  it('stays with the words somebody typed who did not know that it was deleted', () => {
    const [ada, bob] = share('start');
    ada.scene.edit('note');
    type(ada, ' anna');
    ada.scene.leave();
    ada.binding.push();
    bob.scene.change('note', { isDeleted: true });
    exchange(ada, bob);
    exchange(ada, bob);
    for (const replica of [ada, bob]) {
      expect(replica.scene.order()).toEqual(['note']);
      expect(words(replica)).toBe('start anna');
      expect(replica.entry('note').get('isDeleted'), 'what who reads no letters sees').toBe(false);
    }
    bob.scene.change('note', { isDeleted: true });
    exchange(ada, bob);
    for (const { scene } of [ada, bob]) expect(scene.order()).toEqual([]);
  });
});

describe('the letters of a text', () => {
  // [B31]
  it('stay when somebody takes back that the text was made, but for those they typed', () => {
    const [ada, bob] = sharing('hello');
    bob.scene.edit('note');
    type(bob, ' bert');
    bob.scene.leave();
    exchange(ada, bob);
    ada.scene.putBack('undo', 'note', { isDeleted: true });
    ada.binding.push();
    ada.scene.now = null;
    exchange(ada, bob);
    exchange(ada, bob);
    for (const replica of [ada, bob]) expect([replica.scene.order(), words(replica)]).toEqual([['note'], ' bert']);
  });

  // [B6]
  it('go with a deletion that is done again, whoever typed them', () => {
    const [ada, bob] = sharing('hello');
    bob.scene.edit('note');
    type(bob, ' bert');
    bob.scene.leave();
    exchange(ada, bob);
    ada.scene.change('note', { isDeleted: true });
    exchange(ada, bob);
    for (const [undoing, gone] of [['undo', false], ['redo', true]] as const) {
      ada.scene.putBack(undoing, 'note', { isDeleted: gone });
      ada.binding.push();
      ada.scene.now = null;
      exchange(ada, bob);
      for (const { scene } of [ada, bob]) expect(scene.order()).toEqual(gone ? [] : ['note']);
    }
  });

  // [B30]
  it('are never cut in two', () => {
    const [ada, bob] = sharing('a👍b');
    ada.scene.setWords('note', 'a👎b');
    bob.scene.setWords('note', 'a👍🏽b');
    exchange(ada, bob);
    exchange(ada, bob);
    expect(words(ada)).toBe(words(bob));
    expect(words(ada)).not.toContain('\uFFFD');
  });

  // [B32]
  it('are written with little, however long the text', () => {
    const [ada] = sharing('word '.repeat(2_000));
    ada.scene.edit('note');
    const before = ada.bytes;
    for (const letter of 'a hundred letters more or less, typed into a text that is long already, one after the other: fine') {
      ada.scene.key(letter);
      ada.binding.push();
    }
    expect(ada.bytes - before).toBeLessThan(100 * 40);
  });

  // [B30]
  it('are those of a stranger only as far as they are letters', () => {
    const [ada, bob] = sharing('start');
    const letters = bob.entry('note').get('letters') as Y.Text;
    bob.doc.transact(() => {
      letters.insertEmbed(2, { image: 'x' });
      letters.format(0, 2, { bold: true });
    }, 'stranger');
    exchange(ada, bob);
    expect(words(ada)).toBe('start');
    ada.scene.edit('note');
    ada.scene.caret = 3;
    type(ada, 'X');
    ada.scene.leave();
    exchange(ada, bob);
    expect([words(ada), words(bob)]).toEqual(['staXrt', 'staXrt']);
  });
});
