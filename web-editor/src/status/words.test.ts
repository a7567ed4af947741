import { describe, expect, it } from 'vitest';
import type { State } from '../session/state';
import { wordsFor, type Clock } from './words';

const STATE: State = {
  net: 'online', save: 'saved', loaded: true, readonly: false, mayComment: true, localCopy: true, storageAway: false, refused: null, code: null, reason: '', version: null,
};
const say = (state: Partial<State>, clock: Partial<Clock> = {}) =>
  wordsFor({ ...STATE, ...state }, { savingMs: 0, downMs: 0, networkUp: true, said: 'Saved', ...clock });

describe('status words', () => {
  it('mentions saving only when it takes long', () => {
    expect(say({ save: 'saving' }, { savingMs: 499 })).toMatchObject({ key: 'saving', save: 'Saved' });
    expect(say({ save: 'saving' }, { savingMs: 500 }).save).toBe('Saving…');
    expect(say({}).save).toBe('Saved');
  });

  it('passes over a short interruption', () => {
    expect(say({ net: 'offline', save: 'local' }, { downMs: 1_999 })).toMatchObject({ save: 'Saved', net: '', banner: null });
    expect(say({ net: 'connecting', save: 'local' }, { downMs: 5, said: 'Loading…' }).save).toBe('');
  });

  it('says that it reconnects, then that this is an outage', () => {
    expect(say({ net: 'offline', save: 'local' }, { downMs: 2_000 })).toMatchObject({ save: 'Saved on this device', net: 'Reconnecting…', banner: null });
    expect(say({ net: 'offline', save: 'local' }, { downMs: 10_000 }).banner?.text).toBe("You're offline. Changes are kept on this device and will sync.");
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

  it('tells a reader', () => {
    expect(say({ readonly: true })).toMatchObject({ key: 'readonly', save: 'View only' });
  });
});
