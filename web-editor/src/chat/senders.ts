/**
 * Whose message it is. A message says itself who it is from; where people sign in, the server knows whose client brought it, and
 * that counts: of those who are here by awareness, of everybody else by the document's authors.
 */
import { documentInfo } from '../api/documents';
import { authors } from '../api/history';
import { pageToken } from '../api/token';
import { personIn } from '../presence/person';
import type { Voucher } from '../session/people';
import type { Session } from '../session/session';
import type { Message } from './messages';

/** Authors are stored a little after their first edit: a client that is not among them is asked for again, but not all the time. */
const AGAIN_MS = 5_000;

export class Senders {
  readonly #session: Pick<Session, 'name' | 'doc' | 'people'>;
  readonly #changed: () => void;
  /** By client; null until the server has told. */
  #authors: Map<number, Voucher | null> | null = null;
  #named = false;
  #askedAt = -Infinity;

  /** `changed` is told when messages may be somebody else's than before. */
  constructor(session: Pick<Session, 'name' | 'doc' | 'people'>, changed: () => void) {
    this.#session = session;
    this.#changed = changed;
  }

  /** Asks who the authors are, where anybody signs in. */
  #look(): void {
    const now = performance.now();
    if (pageToken() === null || now - this.#askedAt < AGAIN_MS) return;
    this.#askedAt = now;
    void this.#ask().catch(() => undefined);
  }

  /** The message under the name of whoever brought it. */
  signed(message: Message): Message {
    const { client } = message;
    // What is written here is ours; without an answer there is nothing better than what a message says.
    if (client === undefined || client === this.#session.doc.clientID) return message;
    const known = this.#authors?.get(client);
    if (known === undefined) this.#look();
    if (!this.#authors) return message;
    const { people } = this.#session;
    const user = people.dress({ ...message.from }, known ?? people.of(client), this.#named || undefined);
    return { ...message, from: personIn({ user }) ?? message.from };
  }

  async #ask(): Promise<void> {
    const { name } = this.#session;
    // What is not stored yet has no authors, and to ask for them would be an error.
    if ((await documentInfo(name)) === null) return;
    const all = await authors(name);
    this.#authors = new Map(all.map(({ client, user, name }) => [client, user === null ? null : { user, name: name || null }]));
    this.#named = [...this.#authors.values()].some((voucher) => voucher !== null && voucher.name !== null);
    this.#changed();
  }
}
