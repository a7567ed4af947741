import { describe, expect, it } from 'vitest';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate, removeAwarenessStates } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { announceAgain, forgetPeers } from './returning';

function pair(): [Awareness, Awareness] {
  const [a, b] = [new Awareness(new Y.Doc()), new Awareness(new Y.Doc())];
  a.setLocalState({ user: 'a' });
  b.setLocalState({ user: 'b' });
  tell(a, b);
  tell(b, a);
  return [a, b];
}

function tell(from: Awareness, to: Awareness): void {
  applyAwarenessUpdate(to, encodeAwarenessUpdate(from, [from.clientID]), 'test');
}

describe('coming back', () => {
  it('sees the others again although they have not moved', () => {
    const [a, b] = pair();
    removeAwarenessStates(a, [b.clientID], 'lost');
    forgetPeers(a);
    tell(b, a);
    expect(a.getStates().get(b.clientID)).toEqual({ user: 'b' });
    a.destroy();
    b.destroy();
  });

  it('is seen by the others although nothing changed', () => {
    const [a, b] = pair();
    removeAwarenessStates(b, [a.clientID], 'closed');
    announceAgain(a);
    tell(a, b);
    expect(b.getStates().get(a.clientID)).toEqual({ user: 'a' });
    a.destroy();
    b.destroy();
  });

  it('does not show somebody who is not to be seen', () => {
    const [a, b] = pair();
    a.setLocalState(null);
    announceAgain(a);
    expect(a.getLocalState()).toBeNull();
    a.destroy();
    b.destroy();
  });
});
