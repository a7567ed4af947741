/**
 * Coming back to people who are still there. The awareness protocol takes a state only with a higher clock than the last
 * one seen, even if the state was dropped in between; without this, everybody would miss each other after a reconnect
 * until the next movement or the renewal 15 seconds later.
 */
import type { Awareness } from 'y-protocols/awareness';

/** After a disconnect: their states are gone, so must be the memory of their clocks. */
export function forgetPeers(awareness: Awareness): void {
  for (const client of [...awareness.meta.keys()]) {
    if (client !== awareness.clientID && !awareness.states.has(client)) awareness.meta.delete(client);
  }
}

/** Before a connect: our own state goes out under a clock nobody has seen. */
export function announceAgain(awareness: Awareness): void {
  const state = awareness.getLocalState();
  if (state !== null) awareness.setLocalState(state);
}
