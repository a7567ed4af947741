import { describe, expect, it } from 'vitest';
import type { State } from '../session/state';
import { SAVED_KEPT_MS, backWords, changeWords, wordsFor, type Clock } from './words';

const STATE: State = {
  net: 'online', save: 'saved', loaded: true, readonly: false, mayComment: true, localCopy: true, storageAway: false, reach: 'unknown', refused: null, stuck: false, code: null, reason: '', version: null,
};
const say = (state: Partial<State>, clock: Partial<Clock> = {}) =>
  wordsFor({ ...STATE, ...state }, { savingMs: 0, unsavedMs: 0, savedMs: 0, refusedMs: 5_000, downMs: 0, networkUp: true, said: 'Saved', ...clock });

describe('status words', () => {
  it('mentions saving only when it takes long', () => {
    expect(say({ save: 'saving' }, { savingMs: 499 })).toMatchObject({ key: 'saving', save: 'Saved' });
    expect(say({ save: 'saving' }, { savingMs: 500 }).save).toBe('Saving…');
    expect(say({}).save).toBe('Saved');
  });

  // [P80]
  it('does not say "Saved" for longer than a moment while something is not', () => {
    expect(SAVED_KEPT_MS).toBeLessThan(100);
    for (const state of [{ save: 'saving' }, { net: 'offline', save: 'local' }, { net: 'connecting', save: 'local', localCopy: false }] as const) {
      expect(say(state, { unsavedMs: SAVED_KEPT_MS - 1 }).save).toBe('Saved');
      expect(say(state, { unsavedMs: SAVED_KEPT_MS, downMs: 100 }).save).toBe('');
      expect(say(state, { unsavedMs: 499, savingMs: 499, downMs: 499, said: '' }).save).toBe('');
    }
    expect(say({ net: 'offline', save: 'local' }, { unsavedMs: 900, downMs: 200, said: 'Saving…' }).save, 'true, and no flicker').toBe('Saving…');
  });

  // [P80]
  it('does not let "Saved" come and go with every key', () => {
    expect(say({}, { said: '', savedMs: 299 })).toMatchObject({ key: 'saved', save: '' });
    expect(say({}, { said: '', savedMs: 300 }).save).toBe('Saved');
    expect(say({}, { said: 'Saving…', savedMs: 0 }).save).toBe('Saved');
  });

  // [P80]
  it('calls the reason of an outage by its name', () => {
    const banner = (state: Partial<State>, clock: Partial<Clock> = {}) => say({ net: 'offline', save: 'local', ...state }, { downMs: 10_000, ...clock }).banner?.text;
    expect(banner({ reach: 'away' })).toBe('The server cannot be reached. Changes are kept on this device and will sync as soon as it is back.');
    expect(banner({ reach: 'blocked' })).toContain('This network blocks live connections (WebSocket) to the server');
    expect(banner({ reach: 'away' }, { networkUp: false })).toContain("You're offline.");
    for (const reach of ['unknown', 'away', 'blocked'] as const) {
      expect(banner({ reach })).not.toContain('offline');
      expect(banner({ reach, loaded: false })).toContain('The document opens as soon as');
      expect(banner({ reach, localCopy: false })).toContain('Keep this tab open');
    }
    expect(say({ net: 'offline' }, { downMs: 20_000 }).net).toBe('Reconnecting…');
  });

  // [P80]
  it('says afterwards what was away', () => {
    expect([backWords(0, true), backWords(1, true), backWords(5, false)]).toEqual(['Back online', 'Back online. 1 change synced', 'Connected again. 5 changes synced']);
  });

  it('passes over a short interruption', () => {
    expect(say({ net: 'offline', save: 'local' }, { downMs: 1_999 })).toMatchObject({ save: 'Saved', net: '', banner: null });
    expect(say({ net: 'connecting', save: 'local' }, { downMs: 5, said: 'Loading…' }).save).toBe('');
  });

  it('says that it reconnects, then that this is an outage', () => {
    expect(say({ net: 'offline', save: 'local' }, { downMs: 2_000 })).toMatchObject({ save: 'Saved on this device', net: 'Reconnecting…', banner: null });
    expect(say({ net: 'offline', save: 'local' }, { downMs: 9_999 }).banner).toBeNull();
    expect(say({ net: 'offline', save: 'local' }, { downMs: 10_000 }).banner).toMatchObject({ tone: 'quiet' });
  });

  it('shows the banner at once when the browser knows that it is offline', () => {
    expect(say({ net: 'offline' }, { downMs: 1, networkUp: false })).toMatchObject({ net: 'Offline', banner: { tone: 'quiet' } });
  });

  it('does not claim a copy that is not there', () => {
    const words = say({ net: 'offline', save: 'local', localCopy: false }, { downMs: 20_000 });
    expect(words).toMatchObject({ key: 'unsaved', save: 'Not saved yet' });
    expect(words.banner?.text).toContain('Keep this tab open');
  });

  it('says that saving is delayed while the server cannot reach its storage', () => {
    const words = say({ save: 'saving', storageAway: true }, { savingMs: 5_000 });
    expect(words).toMatchObject({ key: 'saving', save: 'Saving is delayed', banner: { tone: 'quiet' } });
    expect(words.banner?.text).toBe(
      'Saving is delayed: the server cannot reach its storage. Go on editing: changes are kept on this device and will be saved when it is back.',
    );
    expect(say({ save: 'saving', storageAway: true, localCopy: false }).banner?.text).toContain('keep this tab open');
    expect(say({ storageAway: true })).toMatchObject({ key: 'saved', save: 'Saved', banner: { tone: 'quiet' } });
    expect(say({ save: 'saving' }, { savingMs: 5_000 })).toMatchObject({ save: 'Saving…', banner: null });
  });

  it('explains a refusal and a denial', () => {
    expect(say({ save: 'local', refused: 'the backlog is full.' })).toMatchObject({ key: 'refused', save: 'Not saved', banner: { tone: 'error' } });
    expect(say({ save: 'local', refused: 'the backlog is full.' }).banner?.text).toContain('changes: the backlog is full. Your changes are kept');
    expect(say({ net: 'denied', code: 4403 })).toMatchObject({ key: 'denied', save: 'No access' });
    expect(say({ net: 'denied', code: 4400, reason: 'malformed' }).banner?.text).toBe('The server closed this document: malformed.');
  });

  // [P82]
  it('does not speak of a refusal that is over at once', () => {
    expect(say({ save: 'saving', refused: 'split the change' }, { refusedMs: 499 })).toMatchObject({ key: 'saving', banner: null });
    expect(say({ save: 'local', refused: 'the backlog is full' }, { refusedMs: 500 })).toMatchObject({ key: 'refused', banner: { tone: 'error' } });
  });

  // [P83]
  it('names the change that is refused, and the way on', () => {
    const words = say({ net: 'denied', save: 'local', stuck: true, code: 4413, reason: 'an update of 9 bytes, at most 5 are allowed.' });
    expect(words.banner).toEqual({
      tone: 'error',
      text: 'The server does not take your latest change: an update of 9 bytes, at most 5 are allowed. Leave it out to go on; it stays on this device.',
    });
    expect(changeWords('one\n  two')).toBe('“one two” (9 characters)');
    expect(changeWords('x')).toBe('“x” (1 character)');
    expect(changeWords('😀'.repeat(100_000))).toBe(`“${'😀'.repeat(48)}…” (200,000 characters)`);
    expect(changeWords(' \n')).toBe('');
  });

  it('tells a reader', () => {
    expect(say({ readonly: true })).toMatchObject({ key: 'readonly', save: 'View only' });
  });
});
