/** What the person is told about saving and the connection, and when: pure, so every sentence has a test. */
import type { State } from '../session/state';

export type StatusKey = 'loading' | 'saving' | 'saved' | 'local' | 'unsaved' | 'readonly' | 'refused' | 'denied';

export interface Clock {
  /** How long a connection has been there to save over while something was not saved. */
  savingMs: number;
  /** How long there has been something that is not saved; 0 when everything is. */
  unsavedMs: number;
  /** How long everything has been saved since then. */
  savedMs: number;
  /** How long the connection has been down; 0 when it is up. */
  downMs: number;
  /** How long the server's refusal of the latest changes has stood. */
  refusedMs: number;
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
const SAVED = 'Saved';

/** "Saved" is gone by then when something is not: the label says nothing for the moment. */
export const SAVED_KEPT_MS = 80;
/** An ack that takes longer is worth mentioning. */
export const SAVING_SHOWN_MS = 500;
/** Once it was gone, "Saved" is back only after this time without anything unsaved: who types would see it come and go. */
export const SAVED_SHOWN_MS = 300;
/** A refusal that is over by then was of a size, and the changes went in pieces. */
export const REFUSED_SHOWN_MS = 500;
/** A shorter interruption goes unmentioned. */
export const DOWN_SHOWN_MS = 2_000;
/** After this an interruption is an outage and gets a banner. */
export const DOWN_BANNER_MS = 10_000;

export function wordsFor(told: State, clock: Clock): Words {
  const state = clock.refusedMs < REFUSED_SHOWN_MS ? { ...told, refused: null } : told;
  return { key: keyOf(state), save: saveWords(state, clock), net: netWords(state, clock), banner: bannerFor(state, clock) };
}

/** After an outage, once what it held up is saved; `offline`: the network was away, not only the server. */
export function backWords(changes: number, offline: boolean): string {
  const back = offline ? 'Back online' : 'Connected again';
  if (changes === 0) return back;
  return `${back}. ${changes === 1 ? '1 change' : `${changes.toLocaleString()} changes`} synced`;
}

const EXCERPT_MAX = 48;

/** A change by its beginning and its size; what was no text has neither. */
export function changeWords(text: string): string {
  const line = text.replace(/\s+/g, ' ').trim();
  if (line === '') return '';
  const letters = [...line.slice(0, 2 * EXCERPT_MAX + 2)];
  const excerpt = letters.length <= EXCERPT_MAX ? letters.join('') : `${letters.slice(0, EXCERPT_MAX).join('')}…`;
  return `“${excerpt}” (${text.length === 1 ? '1 character' : `${text.length.toLocaleString()} characters`})`;
}

function keyOf(state: State): StatusKey {
  if (state.net === 'denied') return 'denied';
  if (state.refused !== null) return 'refused';
  if (state.readonly && state.save === 'saved') return 'readonly';
  return state.save === 'local' && !state.localCopy ? 'unsaved' : state.save;
}

function saveWords(state: State, clock: Clock): string {
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
      if (clock.savingMs < SAVING_SHOWN_MS) return waitingWords(clock);
      return state.storageAway ? 'Saving is delayed' : 'Saving…';
    case 'saved':
      return clock.said === '' && clock.savedMs < SAVED_SHOWN_MS ? '' : SAVED;
    case 'local':
    case 'unsaved':
      return clock.downMs >= DOWN_SHOWN_MS || !clock.networkUp ? keptWords(state) : waitingWords(clock);
  }
}

/** Nothing is worth saying yet, and nothing untrue may stay. */
function waitingWords({ said, unsavedMs }: Clock): string {
  if (said === LOADING) return '';
  return said === SAVED && unsavedMs >= SAVED_KEPT_MS ? '' : said;
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
  return out ? { text: outageText(state, clock.networkUp), tone: 'quiet' } : null;
}

function outageText(state: State, networkUp: boolean): string {
  const { why, until } = networkUp ? OUTAGES[state.reach] : OFFLINE;
  if (!state.loaded) return `${why} The document opens as soon as ${until}.`;
  return state.localCopy
    ? `${why} Changes are kept on this device and will sync as soon as ${until}.`
    : `${why} Keep this tab open: changes will sync as soon as ${until}.`;
}

const OFFLINE = { why: "You're offline.", until: 'there is a network again' };
const OUTAGES: Record<State['reach'], { why: string; until: string }> = {
  unknown: { why: 'The connection to the server broke off.', until: 'there is a new one' },
  away: { why: 'The server cannot be reached.', until: 'it is back' },
  blocked: { why: 'This network blocks live connections (WebSocket) to the server, which it can reach otherwise.', until: 'they get through' },
};

function delayedText(state: State): string {
  const kept = state.localCopy ? 'Go on editing: changes are kept on this device' : 'Go on editing and keep this tab open: changes wait';
  return `Saving is delayed: the server cannot reach its storage. ${kept} and will be saved when it is back.`;
}

function deniedText(state: State): string {
  if (state.stuck) {
    const why = state.reason ? `: ${state.reason.slice(0, 200).replace(/\.$/, '')}` : '';
    return `The server does not take your latest change${why}. Leave it out to go on; it stays on this device.`;
  }
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
  4413: { short: 'Too large', text: 'What this page sends is too large for the server.' },
};
