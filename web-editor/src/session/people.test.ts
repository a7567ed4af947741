import { describe, expect, it } from 'vitest';
import { Awareness, applyAwarenessUpdate, encodeAwarenessUpdate } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { personIn } from '../presence/person';
import { parseNotice } from './notice';
import { People, userIn } from './people';

const GUEST = { id: '1f', name: 'Merry Lynx', color: '#2563eb' };

function page() {
  const awareness = new Awareness(new Y.Doc());
  const people = new People(awareness);
  const heard: number[][] = [];
  awareness.on('change', ({ added, updated, removed }: Record<string, number[]>) => heard.push([...added!, ...updated!, ...removed!]));
  return { awareness, people, heard, shows: (client: number) => personIn(awareness.getStates().get(client)) };
}

/** Somebody else's awareness, as it arrives. */
function says(to: Awareness, client: number, user: unknown): void {
  const doc = new Y.Doc();
  doc.clientID = client;
  const from = new Awareness(doc);
  from.setLocalState({ user, cursor: 1 });
  applyAwarenessUpdate(to, encodeAwarenessUpdate(from, [client]), 'wire');
  from.destroy();
}

// [P90]
describe('who is who', () => {
  it('is what the server vouches for, whatever a state says', () => {
    const { awareness, people, shows } = page();
    people.tell(new Map([[7, { user: 'ada', name: 'Ada Lovelace' }]]));
    says(awareness, 7, { ...GUEST, id: '@bob', name: 'Bob' });
    expect(shows(7)).toEqual({ id: '@ada', name: 'Ada Lovelace', color: '#2563eb' });
    expect(userIn(shows(7)!.id)).toBe('ada');
    expect(awareness.getStates().get(7)).toMatchObject({ cursor: 1 });
  });

  it('is told to those who look when it comes after the state, and when it is taken back', () => {
    const { awareness, people, shows, heard } = page();
    says(awareness, 7, GUEST);
    people.tell(new Map([[7, { user: 'ada', name: 'Ada' }]]));
    expect(heard.at(-1)).toEqual([7]);
    expect(shows(7)?.name).toBe('Ada');
    people.tell(new Map([[7, null]]));
    expect(heard.at(-1)).toEqual([7]);
    expect(shows(7)).toEqual(GUEST);
  });

  it('marks everybody else as a guest where somebody has a name to be taken', () => {
    const { awareness, people, shows } = page();
    for (const client of [7, 8, 9]) says(awareness, client, { ...GUEST, id: `g${client}`, name: client === 8 ? 'x'.repeat(60) : 'Ada Lovelace' });
    expect(shows(9)?.name).toBe('Ada Lovelace');
    people.tell(new Map([[7, { user: 'ada', name: 'Ada Lovelace' }], [9, { user: 'eve', name: null }]]));
    expect([7, 8, 9].map((client) => shows(client)?.name)).toEqual(['Ada Lovelace', `${'x'.repeat(32)} (guest)`, 'Ada Lovelace (eve)']);
    people.forget();
    expect(shows(9)).toMatchObject({ id: 'g9', name: 'Ada Lovelace' });
  });

  it('is no guest who takes the id of somebody who is signed in', () => {
    const { awareness, people, shows } = page();
    people.tell(new Map([[7, { user: 'ada', name: 'Ada' }]]));
    says(awareness, 7, GUEST);
    says(awareness, 8, { ...GUEST, id: '@ada', name: 'Ada' });
    expect(shows(8)?.id).not.toBe(shows(7)?.id);
    expect(shows(8)?.name).toBe('Ada (guest)');
  });

  it('forgets whoever leaves: the next one under the same client is nobody', () => {
    const { awareness, people, shows } = page();
    people.tell(new Map([[7, { user: 'ada', name: 'Ada' }]]));
    says(awareness, 7, GUEST);
    const [clock] = [awareness.meta.get(7)!.clock];
    awareness.states.delete(7);
    awareness.emit('change', [{ added: [], updated: [], removed: [7] }, 'wire']);
    awareness.meta.set(7, { clock: clock - 1, lastUpdated: 0 });
    says(awareness, 7, GUEST);
    expect(shows(7)).toEqual(GUEST);
  });

  it.each([{ user: 'Ada' }, { user: null }, {}, { user: ['Ada'] }])('leaves a state alone that names nobody: %s', (state) => {
    const { awareness, people } = page();
    people.tell(new Map([[7, { user: 'ada', name: 'Ada' }]]));
    awareness.states.set(7, state);
    awareness.emit('change', [{ added: [7], updated: [], removed: [] }, 'wire']);
    expect(awareness.getStates().get(7)).toEqual(state);
  });
});

// [P90] [P51]
describe('a notice of people', () => {
  it('is read field by field', () => {
    const notice = parseNotice('{"people":{"7":{"user":"ada","name":"Ada"},"8":null,"9":{"user":5,"name":""},"x":{"user":"eve"},"-1":{"user":"eve"},"1.5":{"user":"eve"}}}');
    expect([...notice!.people!]).toEqual([[7, { user: 'ada', name: 'Ada' }], [8, null], [9, null]]);
    expect(parseNotice('{"people":["ada"]}')).toEqual({});
  });

  it('is bounded', () => {
    const many = Object.fromEntries(Array.from({ length: 5_000 }, (_, at) => [at, { user: at === 0 ? 'u'.repeat(9_000) : 'u', name: 'n' }]));
    const { people } = parseNotice(JSON.stringify({ people: many }))!;
    expect(people!.size).toBe(4_096);
    expect(people!.get(0)!.user).toHaveLength(512);
  });
});
