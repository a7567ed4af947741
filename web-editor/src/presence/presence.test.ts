import { describe, expect, it } from 'vitest';
import { PALETTE, contrast, inkOn, personColour } from './colour';
import { NAME_MAX, cleanName, initials, keepPerson, personIn, rememberedPerson } from './person';
import { LINGER_MS, Roster, peopleIn } from './roster';

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
});
