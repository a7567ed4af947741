import { describe, expect, it } from 'vitest';
import { apart } from './apart';
import { PALETTE } from './colour';
import { guestNames, isGivenName } from './person';
import type { Present } from './roster';

const guest = (client: number, name = 'Brave Heron', color: string = PALETTE[0]): Present => ({
  id: `guest ${client}`, name, color, self: false, idle: false, viewing: false, clients: [client],
});
const FREE = { color: false };

/** Everybody in turn, until nobody changes. */
function settled(people: Present[]): Present[] {
  for (let round = 0; round < people.length + 2; round += 1) {
    const before = JSON.stringify(people);
    for (const person of people) Object.assign(person, apart([person, ...people.filter((other) => other !== person)], FREE));
    if (JSON.stringify(people) === before) return people;
  }
  throw new Error('people go on changing');
}

// [P91]
describe('guests in one document', () => {
  it('keep name and colour where nobody else has them', () => {
    expect(apart([guest(5), guest(1, 'Calm Owl', PALETTE[3])], FREE)).toEqual({ name: 'Brave Heron', color: PALETTE[0] });
  });

  it('step aside for the lower client id only', () => {
    expect(apart([guest(1), guest(5)], FREE)).toEqual({ name: 'Brave Heron', color: PALETTE[0] });
    const { name, color } = apart([guest(5), guest(1)], FREE);
    expect(isGivenName(name)).toBe(true);
    expect(name).not.toBe('Brave Heron');
    expect(color).not.toBe(PALETTE[0]);
  });

  it('come to twelve colours and as many names, all at once and in any order', () => {
    const people = settled([7, 3, 12, 1, 9, 5, 2, 11, 4, 10, 6, 8].map((client) => guest(client)));
    expect(new Set(people.map(({ color }) => color)).size).toBe(12);
    expect(new Set(people.map(({ name }) => name)).size).toBe(12);
  });

  it('share colours evenly beyond twelve, and never a name', () => {
    const people = settled(Array.from({ length: 160 }, (_, at) => guest(at + 1)));
    const uses = PALETTE.map((color) => people.filter((person) => person.color === color).length);
    expect(Math.max(...uses) - Math.min(...uses)).toBeLessThanOrEqual(1);
    expect(new Set(people.map(({ name }) => name)).size).toBe(160);
  });

  it('keep a name and a colour that they chose', () => {
    expect(apart([guest(5, 'Zoë'), guest(1, 'Zoë')], { color: true })).toEqual({ name: 'Zoë', color: PALETTE[0] });
  });

  it('do not take what somebody has who is marked as a guest', () => {
    expect(apart([guest(5), guest(1, 'Brave Heron (guest)', PALETTE[1])], FREE).name).not.toBe('Brave Heron');
  });

  it('count the tabs of one person as one', () => {
    const twoTabs = { ...guest(3), clients: [9, 2] };
    expect(apart([twoTabs, guest(5)], FREE)).toEqual({ name: 'Brave Heron', color: PALETTE[0] });
  });
});

it('tells names that were given from names that were chosen', () => {
  for (const name of guestNames(7)) expect(isGivenName(name)).toBe(true);
  expect(isGivenName('Brave Heron 2')).toBe(true);
  for (const name of ['Brave', 'Ada Lovelace', 'Brave Heron of Hull', 'Brave Heron x', '']) expect(isGivenName(name)).toBe(false);
});
