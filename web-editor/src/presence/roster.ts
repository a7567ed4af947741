/** Everybody in the document, one entry per person, from the awareness of all their tabs. Pure. */
import { personIn, type Person } from './person';

export interface Present extends Person {
  self: boolean;
  /** Away from all their tabs. */
  idle: boolean;
  /** May not edit in any of their tabs. */
  viewing: boolean;
  /** Awareness clients (tabs) of this person, this page's own included; those that are looked at come first. */
  clients: number[];
}

/** After our own connection drops the others stay visible this long: a short hiccup must not flicker. */
export const LINGER_MS = 2_000;

/** Collapses awareness states to people: ourselves first, then the others in a stable order. */
export function peopleIn(states: Map<number, unknown>, ownClient: number, self: Person): [Present, ...Present[]] {
  const people = new Map<string, Present>();
  add(people, ownClient, self, states.get(ownClient));
  const clients = [...states.keys()].sort((a, b) => a - b);
  for (const client of clients) {
    const person = client === ownClient ? null : personIn(states.get(client));
    if (person) add(people, client, person, states.get(client));
  }
  const [own, ...others] = [...people.values()];
  return [{ ...own!, self: true }, ...others.sort((a, b) => (a.id < b.id ? -1 : 1))];
}

function add(people: Map<string, Present>, client: number, person: Person, state: unknown): void {
  const idle = says(state, 'idle');
  const viewing = says(state, 'viewing');
  const known = people.get(person.id);
  if (!known) {
    people.set(person.id, { ...person, self: false, idle, viewing, clients: [client] });
    return;
  }
  if (known.idle && !idle) known.clients.unshift(client);
  else known.clients.push(client);
  known.idle &&= idle;
  known.viewing &&= viewing;
}

function says(state: unknown, field: 'idle' | 'viewing'): boolean {
  return typeof state === 'object' && state !== null && (state as Record<string, unknown>)[field] === true;
}

/** What somebody is doing, in a word. */
export function doing({ idle, viewing }: Present): string {
  if (idle) return 'away';
  return viewing ? 'viewing' : 'editing';
}

/** Remembers who was here while our own connection is down. */
export class Roster {
  #shown: Present[] = [];
  #downSince: number | null = null;

  /** The people to show now. `online` is about our own connection. */
  update(people: Present[], online: boolean, now: number): Present[] {
    if (online) this.#downSince = null;
    else this.#downSince ??= now;
    const lingering = this.#downSince !== null && now - this.#downSince < LINGER_MS && people.length < this.#shown.length;
    if (lingering) return this.#shown;
    this.#shown = people;
    return people;
  }

  /** When `update` should be asked again although nothing changed; null for never. */
  nextChange(now: number): number | null {
    if (this.#downSince === null) return null;
    const at = this.#downSince + LINGER_MS;
    return at > now ? at : null;
  }
}
