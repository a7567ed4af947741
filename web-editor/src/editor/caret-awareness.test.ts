import { expect, it } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { announceCaret, peerCarets } from './caret-awareness';
import { TEXT } from './binding/format';

const user = { id: 'someone-else', name: 'Grace', color: '#1d4ed8' };
const end = new Y.RelativePosition(null, TEXT, null, -1);

function states(...others: object[]): Awareness {
  const awareness = new Awareness(new Y.Doc());
  others.forEach((state, index) => awareness.states.set(index + 1, state as never));
  return awareness;
}

// [P96]
it('a caret stays where it was until its owner is away', () => {
  const awareness = states({});
  announceCaret(awareness, { anchor: end, head: end });
  const { cursor } = awareness.getLocalState() as { cursor: object };
  expect(peerCarets(states({ user, cursor })).map(({ client }) => client)).toEqual([1]);
  expect(peerCarets(states({ user, cursor, idle: true }))).toEqual([]);
});

// [P3]
it('what is no position in the text is no caret', () => {
  const wrong = [null, 'x', {}, { tname: 'other' }, { item: { client: -1, clock: 0 } }, { item: { client: 1, clock: 'x' } }, { tname: TEXT, assoc: 'left' }];
  for (const position of wrong) expect(peerCarets(states({ user, cursor: { anchor: position, head: { tname: TEXT } } })), JSON.stringify(position)).toEqual([]);
  expect(peerCarets(states({ user, cursor: { anchor: { tname: TEXT }, head: { item: { client: 1, clock: 0 } } } }))).toHaveLength(1);
});
