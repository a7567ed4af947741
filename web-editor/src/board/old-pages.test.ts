import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Replica, exchange } from './fake-scene';

const OLD = 50;

/** A page from before texts had letters, and two that know of them. */
function three(): { ada: Replica; bob: Replica; old: Y.Doc; write: (text: string) => void; meet: () => void } {
  const [ada, bob, old] = [new Replica(1), new Replica(2), new Y.Doc()];
  old.clientID = OLD;
  ada.oldPage = bob.oldPage = OLD;
  ada.isReader = true;
  const meet = () => {
    exchange(ada, bob);
    for (const { doc, binding } of [ada, bob]) {
      Y.applyUpdate(old, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(old)), 'remote');
      Y.applyUpdate(doc, Y.encodeStateAsUpdate(old, Y.encodeStateVector(doc)), 'remote');
      binding.pull();
    }
    exchange(ada, bob);
  };
  ada.scene.add({ id: 'note', type: 'text' });
  ada.scene.setWords('note', 'start');
  meet();
  return { ada, bob, old, meet, write: (text) => (old.getMap('elements').get('note') as Y.Map<unknown>).set('text', text) };
}

const words = ({ scene }: Replica) => String(scene.get('note').originalText);

// [B37]
describe('a page that writes texts as strings', () => {
  it('has its words taken in, once, while others type', () => {
    const { ada, bob, meet, write } = three();
    bob.scene.edit('note');
    for (const letter of ' bert') bob.scene.key(letter);
    write('start o');
    meet();
    write('start old');
    meet();
    meet();
    for (const replica of [ada, bob]) expect([...words(replica)].sort().join('')).toBe([...'start bert old'].sort().join(''));
    bob.scene.leave();
    meet();
    expect(words(ada)).toBe(words(bob));
  });

  it('takes nothing away by going on from what it had written before', () => {
    const { ada, bob, meet, write } = three();
    write('start o');
    meet();
    bob.scene.edit('note');
    for (const letter of ' bert') bob.scene.key(letter);
    bob.scene.leave();
    meet();
    // It had not shown what came meanwhile: its field was open.
    write('start ol');
    meet();
    for (const replica of [ada, bob]) expect(words(replica)).toMatch(/^start.*bert/);
    for (const replica of [ada, bob]) expect(words(replica)).toContain('ol');
  });

  it('is heard also when another string wins', () => {
    const { ada, bob, meet, write } = three();
    ada.scene.edit('note');
    for (const letter of ' anna') ada.scene.key(letter);
    ada.scene.leave();
    ada.binding.push();
    write('old start');
    meet();
    for (const replica of [ada, bob]) expect(words(replica)).toBe('old start anna');
  });
});
