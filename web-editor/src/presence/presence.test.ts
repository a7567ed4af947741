import { afterEach, describe, expect, it, vi } from 'vitest';
import { PALETTE, contrast, inkOn, personColour } from './colour';
import { NAME_MAX, cleanName, initials, keepPerson, personIn, rememberedPerson } from './person';
import { sentence } from './announcer';
import { IDLE_MS, watchIdle } from './idle';
import { LINGER_MS, Roster, doing, peopleIn } from './roster';

const ADA = { id: 'ada', name: 'Ada', color: '#2563eb' };
const user = (id: string, name = id, color = '#2563eb') => ({ user: { id, name, color } });

describe('colours', () => {
  it.each(PALETTE)('%s is readable in both themes and under its label', (colour) => {
    expect(contrast(colour, '#ffffff')).toBeGreaterThanOrEqual(3);
    expect(contrast(colour, '#191a1d')).toBeGreaterThanOrEqual(3);
    expect(contrast(colour, inkOn(colour))).toBeGreaterThanOrEqual(4.5);
    expect(personColour(colour, 'x')).toBe(colour);
  });

  it.each(['#ffff00', '#000000', 'red', '#12345', '#2563eb;background:url(x)', 7, null, undefined, {}])(
    'replaces %s by one that follows from the person',
    (asked) => {
      expect(PALETTE).toContain(personColour(asked, 'someone'));
      expect(personColour(asked, 'someone')).toBe(personColour('nonsense', 'someone'));
    },
  );

  it('finds a readable ink for every colour', () => {
    for (let grey = 0; grey < 256; grey += 1) {
      const colour = `#${grey.toString(16).padStart(2, '0').repeat(3)}`;
      expect(contrast(colour, inkOn(colour))).toBeGreaterThanOrEqual(4.5);
    }
  });
});

describe('a person on the wire', () => {
  it('takes what is well-formed', () => {
    expect(personIn({ user: ADA })).toEqual(ADA);
  });

  it.each([null, undefined, 5, 'x', {}, { user: null }, { user: 'x' }])('is nobody in %s', (state) => {
    expect(personIn(state)).toBeNull();
  });

  it('cleans names', () => {
    expect(cleanName('  Ada\n\u202Egnp.exe\u0000 ')).toBe('Ada gnp.exe');
    expect(cleanName('x'.repeat(1_000))).toHaveLength(NAME_MAX);
    expect(cleanName({})).toBe('');
    expect(personIn({ user: { id: 'a', name: '\n\t' } })?.name).toBe('Guest');
  });

  it('does not take an id that is none', () => {
    expect(personIn({ user: { ...ADA, id: 'x'.repeat(65) } })?.id).toBe('Ada');
    expect(personIn({ user: { ...ADA, id: { toString: 1 } } })?.id).toBe('Ada');
  });

  it('has initials in any script', () => {
    expect(initials('Ada Lovelace')).toBe('AL');
    expect(initials('ada')).toBe('A');
    expect(initials('🦊 Fox')).toBe('🦊F');
  });
});

describe('the person of this browser', () => {
  it('is a friendly guest who stays the same', () => {
    localStorage.clear();
    const guest = rememberedPerson(localStorage);
    expect(guest.name).toMatch(/^\p{Lu}\p{Ll}+ \p{Lu}\p{Ll}+$/u);
    expect(rememberedPerson(localStorage)).toEqual(guest);
    keepPerson({ ...guest, name: 'Ada' }, localStorage);
    expect(rememberedPerson(localStorage).name).toBe('Ada');
  });

  it('survives a storage that is forbidden or broken', () => {
    expect(rememberedPerson(null).name).not.toBe('');
    localStorage.setItem('weft-person', '{broken');
    expect(rememberedPerson(localStorage).name).not.toBe('');
  });
});

describe('people', () => {
  it('are one each, however many tabs they have', () => {
    const states = new Map<number, unknown>([[1, user('ada')], [2, user('grace')], [3, user('grace')], [4, user('ada')], [5, {}]]);
    const people = peopleIn(states, 1, ADA);
    expect(people.map(({ id, self, clients }) => [id, self, clients])).toEqual([
      ['ada', true, [1, 4]],
      ['grace', false, [2, 3]],
    ]);
  });

  it('come in an order that does not depend on who joined when', () => {
    const one = peopleIn(new Map([[2, user('b')], [3, user('a')]]), 1, ADA);
    const two = peopleIn(new Map([[3, user('a')], [2, user('b')]]), 1, ADA);
    expect(one).toEqual(two);
  });

  it('stay for a moment when our own connection drops, and leave at once otherwise', () => {
    const both = peopleIn(new Map([[2, user('grace')]]), 1, ADA);
    const alone = peopleIn(new Map(), 1, ADA);
    const roster = new Roster();
    expect(roster.update(both, true, 0)).toHaveLength(2);
    expect(roster.update(alone, false, 100)).toHaveLength(2);
    expect(roster.nextChange(100)).toBe(100 + LINGER_MS);
    expect(roster.update(alone, false, 100 + LINGER_MS)).toHaveLength(1);
    expect(roster.nextChange(100 + LINGER_MS)).toBeNull();
    roster.update(both, true, 5_000);
    expect(roster.update(alone, true, 5_001)).toHaveLength(1);
  });

  it('are away only from all their tabs, and the tab that is looked at comes first', () => {
    const away = { ...user('grace'), idle: true };
    const one = (...states: [number, unknown][]) => peopleIn(new Map(states), 1, ADA)[1]!;
    expect(one([2, away])).toMatchObject({ idle: true, clients: [2] });
    expect(one([2, away], [3, user('grace')])).toMatchObject({ idle: false, clients: [3, 2] });
    expect(one([2, { ...user('grace'), idle: 'yes', viewing: 1 }])).toMatchObject({ idle: false, viewing: false });
    expect([one([2, away]), one([2, user('grace')]), one([2, { ...user('grace'), viewing: true }])].map(doing)).toEqual(['away', 'editing', 'viewing']);
    expect(peopleIn(new Map([[1, { viewing: true }]]), 1, ADA)[0]).toMatchObject({ self: true, viewing: true });
  });
});

describe('being away', () => {
  afterEach(() => vi.useRealTimers());

  it('begins after a minute without a sign of life and ends with the next one', () => {
    vi.useFakeTimers();
    const told: boolean[] = [];
    const stop = watchIdle((idle) => told.push(idle));
    vi.advanceTimersByTime(IDLE_MS - 1);
    dispatchEvent(new Event('pointermove'));
    vi.advanceTimersByTime(IDLE_MS - 1);
    expect(told).toEqual([]);
    vi.advanceTimersByTime(1);
    expect(told).toEqual([true]);
    dispatchEvent(new Event('keydown'));
    expect(told).toEqual([true, false]);
    stop();
    vi.advanceTimersByTime(2 * IDLE_MS);
    expect(told).toEqual([true, false]);
  });
});

describe('who comes and goes', () => {
  it('is told in one sentence', () => {
    expect(sentence(new Set(), 'joined')).toBe('');
    expect(sentence(new Set(['Ada']), 'joined')).toBe('Ada joined.');
    expect(sentence(new Set(['Ada', 'Bob']), 'left')).toBe('Ada and Bob left.');
    expect(sentence(new Set(['Ada', 'Bob', 'Eve', 'Zoe']), 'joined')).toBe('Ada and 3 others joined.');
  });
});
