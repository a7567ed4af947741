/** Who wrote which update. An authenticated user counts; only where nobody was is the client id asked. Pure. */
import type { Author } from '../api/history';
import { personColour } from '../presence/colour';
import { cleanName } from '../presence/person';
import { marked } from '../session/people';
import { firstClient } from './frames';

export interface Writer {
  name: string;
  color: string;
}

/** Not more are told apart. */
const WRITERS_MAX = 60_000;
/** Readable on both grounds. */
export const NOBODY: Writer = { name: 'Someone', color: '#7a7c84' };

export class Writers {
  /** By number; the first is nobody known. */
  readonly all: Writer[] = [NOBODY];
  readonly #users = new Map<string, number>();
  readonly #guests = new Map<string, number>();
  readonly #clients = new Map<number, number>();

  /** Guests are marked where people are named by tokens. */
  constructor(authors: readonly Author[], withTokens = false) {
    const named = withTokens || authors.some(({ user }) => user !== null);
    for (const { client, user, name, color } of authors) {
      const writer = user === null ? this.#guest(named && name ? marked(name) : name, color) : this.#user(user, name, color);
      if (!this.#clients.get(client)) this.#clients.set(client, writer);
    }
  }

  /** The number of who wrote this. */
  of(author: string, update: Uint8Array): number {
    if (author !== '') return this.#users.get(author) ?? this.#user(author, '', '');
    const client = firstClient(update);
    return client === null ? 0 : this.client(client);
  }

  client(client: number): number {
    return this.#clients.get(client) ?? 0;
  }

  get(number: number): Writer {
    return this.all[number] ?? NOBODY;
  }

  #user(user: string, name: string, color: string): number {
    const known = this.#users.get(user);
    if (known !== undefined) {
      if (name) this.all[known] = { name, color: personColour(color, user) };
      return known;
    }
    const number = this.#add({ name: name || cleanName(user) || NOBODY.name, color: personColour(color, user) });
    this.#users.set(user, number);
    return number;
  }

  /** A guest who comes back has another client id, and the same name and colour. */
  #guest(name: string, color: string): number {
    if (!name) return 0;
    const key = `${name}\n${color}`;
    const number = this.#guests.get(key) ?? this.#add({ name, color: personColour(color, name) });
    this.#guests.set(key, number);
    return number;
  }

  #add(writer: Writer): number {
    if (this.all.length >= WRITERS_MAX) return 0;
    return this.all.push(writer) - 1;
  }
}
