import { describe, expect, it } from 'vitest';
import { versionIn } from '../api/history';
import { parseNotice } from '../session/notice';
import { indexOf, queryAt } from './address';
import { Film } from './film';
import { dayWords, momentWords, peopleWords, readable, restoredWords, shortened } from './words';

const now = new Date(2026, 10, 21, 18, 30);
const at = (...parts: [number, number, number, number, number]) => new Date(...parts).getTime();

describe('words', () => {
  // [T38]
  it('say when it was as people do', () => {
    expect(momentWords(at(2026, 10, 17, 14, 2), now, 'en-GB')).toBe('Tue 14:02');
    expect(momentWords(at(2026, 2, 3, 9, 5), now, 'en-GB')).toBe('3 Mar, 09:05');
    expect(momentWords(at(2025, 2, 3, 9, 5), now, 'en-GB')).toBe('3 Mar 2025, 09:05');
    expect([21, 20, 17, 10].map((day) => dayWords(at(2026, 10, day, 23, 59), now, 'en-GB'))).toEqual(['Today', 'Yesterday', 'Tuesday', '10 Nov']);
    expect([['Ada'], ['Ada', 'Bob'], ['Ada', 'Bob', 'Cleo'], ['A', 'B', 'C', 'D']].map(peopleWords)).toEqual(['Ada', 'Ada and Bob', 'Ada, Bob and 1 other', 'A, B and 2 others']);
    expect(restoredWords('Draft', now)).toBe('“Draft”');
    expect(restoredWords(new Date(2026, 10, 17, 14, 2).toISOString(), now, 'en-GB')).toBe('the version from Tue 14:02');
  });
});

// [P97]
it('say the second where minutes do not tell moments apart', () => {
  const film = new Film();
  const minute = at(2026, 10, 17, 14, 2);
  for (const time of [minute - 90_000, minute, minute + 7_000, minute + 61_000]) film.add(time, 0, new Uint8Array(2));
  const words = [1, 2, 3, 4].map((index) => momentWords(film.moment(index), now, 'en-GB', film.crowded(index)));
  expect(words).toEqual(['Tue 14:00', 'Tue 14:02:00', 'Tue 14:02:07', 'Tue 14:03']);
  expect([film.crowded(0), new Film().crowded(1)]).toEqual([false, false]);
});

// [P97]
it('say it of one moment in which several edits came, too', () => {
  const film = new Film();
  for (const time of [60_000, 60_000, 130_000]) film.add(time, 0, new Uint8Array(2));
  expect([1, 2, 3].map((index) => film.crowded(index))).toEqual([false, false, false]);
});

describe('labels', () => {
  // [T48]
  it('say times as people do, and end where there is no room', () => {
    const time = new Date(2026, 10, 17, 14, 2).toISOString();
    expect(readable(`Restored from ${time}`, now, 'en-GB')).toBe('Restored from Tue 14:02');
    expect([readable('Restored from Draft', now), readable('At 9999-99-99T99:99Z', now), readable(`${time}, the end`, now)]).toEqual(['Restored from Draft', 'At 9999-99-99T99:99Z', `${time}, the end`]);
    expect([shortened('Draft'), shortened('x'.repeat(80)), shortened(`${'\u{1f34e}'.repeat(78)}  end`)]).toEqual(['Draft', 'x'.repeat(80), `${'\u{1f34e}'.repeat(78)}…`]);
  });
});

describe('the address', () => {
  // [T41]
  it('names moments in every way the server knows, and nonsense is the end', () => {
    const film = new Film();
    for (const time of [1_000, 2_000, 3_000]) film.add(time, 0, new Uint8Array(2));
    const versions = [{ id: 'named-4', kind: 'named' as const, label: 'x', at: 2_500, author: '' }];
    const index = (text: string | null) => indexOf(text, film, versions);
    expect([index('2000'), index('auto-1500'), index('named-4'), index('1970-01-01T00:00:01Z')]).toEqual([2, 1, 2, 1]);
    expect([index(null), index(''), index('named-9'), index('soon'), index('9'.repeat(80))]).toEqual([null, null, null, null, null]);
  });

  // [T41]
  it('keeps what else it says', () => {
    expect(queryAt('?token=a%2Fb&at=5', '77')).toBe('?history&at=77&token=a%2Fb');
    expect(queryAt('?history', '')).toBe('?history');
    expect(queryAt('?history&at=5', null)).toBe('');
  });
});

describe('what comes from elsewhere', () => {
  // [T40]
  it('is taken only where it is a version or a restore', () => {
    expect(versionIn({ id: 'named-1', kind: 'named', label: 'a\u0000\u202eb\n c', at_ms: 5, author: { user: 'u', name: '' } })).toEqual({ id: 'named-1', kind: 'named', label: 'a b c', at: 5, author: 'u' });
    for (const wrong of [null, 5, {}, { id: '../x', kind: 'named', at_ms: 5 }, { id: 'named-1', kind: 'odd', at_ms: 5 }, { id: 'named-1', kind: 'named', at_ms: 1e99 }]) expect(versionIn(wrong)).toBeNull();
    expect(parseNotice('{"restored":{"by":"Ada","version":"Draft"}}')).toEqual({ restored: { by: 'Ada', version: 'Draft' } });
    expect(parseNotice('{"restored":{"by":null,"version":"Draft"}}')).toEqual({ restored: { by: '', version: 'Draft' } });
    expect(parseNotice('{"restored":{"version":5}}')).toEqual({});
    expect(parseNotice(JSON.stringify({ restored: { by: 'x'.repeat(999), version: 'y'.repeat(999) } }))?.restored?.version).toHaveLength(300);
  });
});
