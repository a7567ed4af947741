/**
 * Who is who. Awareness is what each client says of itself; the server says by notices which clients belong to somebody who is
 * signed in. What it vouches for goes over what a state says, in the awareness itself, so that nothing on the page has to know.
 * Where it vouches for anybody's name, those for whom it does not are marked as guests.
 */
import type { Awareness } from 'y-protocols/awareness';

/** What a token says of its bearer. */
export interface Voucher {
  user: string | null;
  name: string | null;
}

/** How the id of a signed-in person begins, and nobody else's. */
export const USER_MARK = '@';
const GUEST = 'guest';
/** A mark must not be cut off where names are. */
const NAME_MAX = 40;
const MARK_MAX = 16;

interface Changes {
  added: number[];
  updated: number[];
  removed: number[];
}

type User = Record<string, unknown>;

export class People {
  readonly #awareness: Awareness;
  readonly #vouched = new Map<number, Voucher>();
  /** What states say of their users, undressed. */
  readonly #said = new Map<number, User>();
  /** The server vouches for somebody's name. */
  #named = false;

  /** Has to hear of changes before anybody else does: make it right after the awareness. */
  constructor(awareness: Awareness) {
    this.#awareness = awareness;
    awareness.on('change', (changes: Changes, origin: unknown) => origin !== this && this.#changed(changes));
  }

  /** What the server says of a client; null if it does not vouch for it. */
  of(client: number): Voucher | null {
    return this.#vouched.get(client) ?? null;
  }

  tell(news: ReadonlyMap<number, Voucher | null>): void {
    for (const [client, voucher] of news) {
      if (voucher) this.#vouched.set(client, voucher);
      else this.#vouched.delete(client);
    }
    this.#announce(this.#dressAll());
  }

  /** The next connection is told anew. */
  forget(): void {
    this.#vouched.clear();
    this.#announce(this.#dressAll());
  }

  #changed({ added, updated, removed }: Changes): void {
    for (const client of removed) {
      this.#vouched.delete(client);
      this.#said.delete(client);
    }
    const moved = [...added, ...updated].filter((client) => client !== this.#awareness.clientID);
    for (const client of moved) {
      const user = this.#awareness.states.get(client)?.user;
      if (isRecord(user)) this.#said.set(client, user);
      else this.#said.delete(client);
    }
    const before = this.#named;
    this.#count();
    if (before === this.#named) moved.forEach((client) => this.#dress(client));
    else this.#announce(this.#dressAll().filter((client) => !moved.includes(client)));
  }

  #count(): void {
    this.#named = [...this.#vouched.values()].some(({ name }) => name !== null);
  }

  #dressAll(): number[] {
    this.#count();
    return [...this.#said.keys()].filter((client) => this.#dress(client));
  }

  #announce(updated: number[]): void {
    if (updated.length > 0) this.#awareness.emit('change', [{ added: [], updated, removed: [] }, this]);
  }

  /** Whether that changed anything. */
  #dress(client: number): boolean {
    const { states } = this.#awareness;
    const [state, said] = [states.get(client), this.#said.get(client)];
    if (!state || !said) return false;
    const user = this.dress(said, this.of(client));
    const now = state.user as User;
    if (user.id === now.id && user.name === now.name) return false;
    states.set(client, { ...state, user });
    return true;
  }

  /** A user as they may be shown: as the server vouches for them, else as they say, marked where somebody is `named`. */
  dress(said: User, voucher: Voucher | null, named = this.#named): User {
    const mark = (by: string) => (named && typeof said.name === 'string' ? marked(said.name, by) : said.name);
    if (!voucher) {
      const forged = typeof said.id === 'string' && said.id.startsWith(USER_MARK);
      return { ...said, id: forged ? undefined : said.id, name: mark(GUEST) };
    }
    return { ...said, id: idOf(voucher), name: voucher.name ?? mark(voucher.user ?? GUEST) };
  }
}

/** The id that pages give a signed-in person. */
export function idOf({ user, name }: Voucher): string {
  return user === null ? `${USER_MARK}/${name}` : USER_MARK + user;
}

/** The signed-in user behind an id; null for a guest's. */
export function userIn(id: string): string | null {
  return id.startsWith(USER_MARK) && !id.startsWith(`${USER_MARK}/`) ? id.slice(USER_MARK.length) : null;
}

/** "Merry Lynx (guest)", whatever the length of the name. */
export function marked(name: string, by: string = GUEST): string {
  const mark = ` (${[...by].slice(0, MARK_MAX).join('')})`;
  return name.endsWith(mark) ? name : `${[...name.trim()].slice(0, NAME_MAX - mark.length).join('').trim()}${mark}`;
}

function isRecord(value: unknown): value is User {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
