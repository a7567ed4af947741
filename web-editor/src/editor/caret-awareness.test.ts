import { expect, it } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { CaretAwareness } from './caret-awareness';

const CURSOR = { anchor: { tname: 'body' }, head: { tname: 'body' } };

// [P96]
it('a caret stays where it was while its owner is elsewhere on the page', () => {
  const awareness = new Awareness(new Y.Doc());
  const carets = new CaretAwareness(awareness, 'body');
  carets.setLocalStateField('cursor', CURSOR);
  carets.setLocalStateField('cursor', null);
  expect(carets.getLocalState()?.cursor).toEqual(CURSOR);
  awareness.setLocalStateField('idle', true);
  expect(carets.getLocalState()?.cursor, 'of somebody who is away').toBeNull();
});
