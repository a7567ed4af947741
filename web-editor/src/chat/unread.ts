/** Which messages this browser has shown already, for each document. */
import type { Message } from './messages';

/** Only this many of the latest messages can be unread. */
export const WINDOW = 200;
const PREFIX = 'weft-chat:';

export class Unread {
  readonly #key: string;
  readonly #storage: Storage | null;
  /** What a browser that stores nothing remembers for as long as the page lives. */
  #seen: Set<string>;

  constructor(document: string, storage: Storage | null) {
    this.#key = PREFIX + document;
    this.#storage = storage;
    this.#seen = this.#stored() ?? new Set();
  }

  /** Those of others that were not seen; messages are marked one by one, since late ones arrive between older ones. */
  among(messages: Message[], self: string): Message[] {
    return messages.slice(-WINDOW).filter((message) => message.from.id !== self && !this.#seen.has(message.id));
  }

  /** Marks all of these, and forgets those that are no longer among the latest. */
  see(messages: Message[]): void {
    const seen = new Set(messages.slice(-WINDOW).map((message) => message.id));
    if (seen.size === this.#seen.size && [...seen].every((id) => this.#seen.has(id))) return;
    this.#seen = seen;
    try {
      this.#storage?.setItem(this.#key, JSON.stringify([...seen]));
    } catch {
      // A full storage costs only the memory of what was seen.
    }
  }

  /** Calls back when another tab of this browser showed messages. */
  watch(changed: () => void): void {
    addEventListener('storage', (event) => {
      if (event.key !== this.#key) return;
      this.#seen = this.#stored() ?? this.#seen;
      changed();
    });
  }

  #stored(): Set<string> | null {
    try {
      const value: unknown = JSON.parse(this.#storage?.getItem(this.#key) ?? 'null');
      return Array.isArray(value) ? new Set(value.filter((id) => typeof id === 'string')) : null;
    } catch {
      return null;
    }
  }
}
