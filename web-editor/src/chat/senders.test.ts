import { afterEach, expect, it, vi } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { People } from '../session/people';
import type { Message } from './messages';
import { Senders } from './senders';

vi.mock('../api/token', () => ({ pageToken: () => 'a.b.c', freshToken: async () => null }));

const ADA = { id: '@ada', name: 'Ada Lovelace', color: '#2563eb' };
const from = (client: number, person = ADA) => ({ id: 'm', from: person, text: 'x', at: 1, client, map: new Y.Map() }) as Message;

async function senders(rows: object[]) {
  vi.stubGlobal('fetch', async (url: string) => new Response(JSON.stringify(url.endsWith('/authors') ? { authors: rows } : { documents: [{ name: 'notes' }] })));
  const doc = new Y.Doc();
  const people = new People(new Awareness(doc));
  const told = vi.fn();
  const made = new Senders({ name: 'notes', doc, people }, told);
  made.signed(from(1));
  await vi.waitFor(() => expect(told).toHaveBeenCalled());
  return { made, people, doc };
}

afterEach(() => vi.unstubAllGlobals());

// [P90]
it('a message is of whoever brought its client first, whatever it says', async () => {
  const { made, people } = await senders([{ client: 7, user: 'ada', name: 'Ada Lovelace' }, { client: 8, user: null, name: 'Eve' }]);
  expect(made.signed(from(7, { ...ADA, id: 'g', name: 'Bob' })).from).toEqual(ADA);
  expect(made.signed(from(8)).from).toMatchObject({ id: 'Ada Lovelace (guest)', name: 'Ada Lovelace (guest)' });
  // Who announces another's old client is not whose messages these are.
  people.tell(new Map([[7, { user: 'eve', name: 'Eve' }]]));
  expect(made.signed(from(7)).from.name).toBe('Ada Lovelace');
});

// [P90]
it('who is here is known before the authors are stored, and one is oneself', async () => {
  const { made, people, doc } = await senders([]);
  people.tell(new Map([[9, { user: 'bob', name: 'Bob' }]]));
  expect(made.signed(from(9)).from).toMatchObject({ id: '@bob', name: 'Bob' });
  expect(made.signed(from(doc.clientID)).from).toEqual(ADA);
});
