/** What the person is told about saving and the connection, and when: pure, so every sentence has a test. */
import type { State } from '../session/state';

export type StatusKey = 'loading' | 'saving' | 'saved' | 'local' | 'unsaved' | 'readonly' | 'refused' | 'denied';

export interface Clock {
  /** How long the current save has been under way. */
  savingMs: number;
  /** How long the connection has been down; 0 when it is up. */
  downMs: number;
  /** What the browser says about the network. */
  networkUp: boolean;
  /** What is on the page now: short waits are not worth a flicker. */
  said: string;
}

export interface Words {
  key: StatusKey;
  save: string;
  net: string;
  banner: { text: string; tone: 'quiet' | 'error' } | null;
}

const LOADING = 'Loading…';

/** An ack that takes longer is worth mentioning. */
export const SAVING_SHOWN_MS = 500;
/** A shorter interruption goes unmentioned. */
export const DOWN_SHOWN_MS = 2_000;
/** After this an interruption is an outage and gets a banner. */
export const DOWN_BANNER_MS = 10_000;

export function wordsFor(state: State, clock: Clock): Words {
  return { key: keyOf(state), save: saveWords(state, clock), net: netWords(state, clock), banner: bannerFor(state, clock) };
}

/** After an outage, once what it held up is saved. */
export function backWords(changes: number): string {
  if (changes === 0) return 'Back online';
  return `Back online. ${changes === 1 ? '1 change' : `${changes.toLocaleString()} changes`} synced`;
}

function keyOf(state: State): StatusKey {
  if (state.net === 'denied') return 'denied';
  if (state.refused !== null) return 'refused';
  if (state.readonly && state.save === 'saved') return 'readonly';
  return state.save === 'local' && !state.localCopy ? 'unsaved' : state.save;
}

function saveWords(state: State, clock: Clock): string {
  const unchanged = clock.said === LOADING ? '' : clock.said;
  switch (keyOf(state)) {
    case 'denied':
      return state.save === 'local' ? keptWords(state) : DENIED[state.code ?? 0]?.short ?? 'Disconnected';
    case 'refused':
      return 'Not saved';
    case 'readonly':
      return 'View only';
    case 'loading':
      return clock.downMs >= DOWN_SHOWN_MS ? '' : LOADING;
    case 'saving':
      if (clock.savingMs < SAVING_SHOWN_MS) return unchanged;
      return state.storageAway ? 'Saving is delayed' : 'Saving…';
    case 'saved':
      return 'Saved';
    case 'local':
    case 'unsaved':
      return clock.downMs >= DOWN_SHOWN_MS || !clock.networkUp ? keptWords(state) : unchanged;
  }
}

function keptWords(state: State): string {
  return state.localCopy ? 'Saved on this device' : 'Not saved yet';
}

function netWords(state: State, clock: Clock): string {
  if (state.net === 'denied' || state.net === 'online') return '';
  if (!clock.networkUp) return 'Offline';
  return clock.downMs >= DOWN_SHOWN_MS ? 'Reconnecting…' : '';
}

function bannerFor(state: State, clock: Clock): Words['banner'] {
  if (state.net === 'denied') return { text: deniedText(state), tone: 'error' };
  if (state.refused !== null) {
    const why = state.refused ? `: ${state.refused.replace(/\.$/, '')}` : '';
    return { text: `The server did not accept the latest changes${why}. ${keptText(state)}`, tone: 'error' };
  }
  if (state.readonly && !state.mayComment && state.save === 'local') return { text: `This document is view only now. ${keptText(state)}`, tone: 'error' };
  if (state.net === 'online') return state.storageAway ? { text: delayedText(state), tone: 'quiet' } : null;
  const out = !clock.networkUp || clock.downMs >= DOWN_BANNER_MS;
  return out ? { text: offlineText(state), tone: 'quiet' } : null;
}

function offlineText(state: State): string {
  if (!state.loaded) return "You're offline. The document opens as soon as the server can be reached.";
  return state.localCopy
    ? "You're offline. Changes are kept on this device and will sync."
    : "You're offline. Keep this tab open: changes will sync when you are back.";
}

function delayedText(state: State): string {
  const kept = state.localCopy ? 'Go on editing: changes are kept on this device' : 'Go on editing and keep this tab open: changes wait';
  return `Saving is delayed: the server cannot reach its storage. ${kept} and will be saved when it is back.`;
}

function deniedText(state: State): string {
  const known = DENIED[state.code ?? 0];
  const text = known?.text ?? `The server closed this document${state.reason ? `: ${state.reason.slice(0, 200).replace(/\.$/, '')}` : ''}.`;
  return state.save === 'local' ? `${text} ${keptText(state)}` : text;
}

function keptText(state: State): string {
  return state.localCopy ? 'Your changes are kept on this device.' : 'Keep this tab open to not lose your changes.';
}

const DENIED: Record<number, { short: string; text: string }> = {
  4401: { short: 'Signed out', text: 'Your access is missing or has expired. Open the document from a fresh link or sign in again.' },
  4403: { short: 'No access', text: 'You do not have access to this document.' },
  4404: { short: 'Not found', text: 'This document does not exist or was deleted.' },
  4413: { short: 'Too large', text: 'The latest change is too large for the server.' },
};
