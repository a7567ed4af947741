/**
 * Awareness as the caret plugin may see it. The plugin trusts what it reads: a malformed position from a peer would throw
 * inside every render, so states are rebuilt from validated parts and carry nothing else.
 */
import type { Awareness } from 'y-protocols/awareness';
import { personIn, type Person } from '../presence/person';

export interface CaretState {
  user: Person;
  cursor: { anchor: object; head: object } | null;
}

export class CaretAwareness {
  readonly #awareness: Awareness;
  readonly #field: string;

  /** `field` is the only shared type a caret may point into. */
  constructor(awareness: Awareness, field: string) {
    this.#awareness = awareness;
    this.#field = field;
  }

  getStates(): Map<number, CaretState> {
    const carets = new Map<number, CaretState>();
    for (const [client, state] of this.#awareness.getStates()) {
      const user = personIn(state);
      if (user) carets.set(client, { user, cursor: this.#cursorIn(state) });
    }
    return carets;
  }

  /** A peer can announce a state under our id, so our own is no more to be trusted than theirs. */
  getLocalState(): Pick<CaretState, 'cursor'> | null {
    const state = this.#awareness.getLocalState();
    return state && { cursor: this.#cursorIn(state) };
  }

  setLocalStateField(field: string, value: unknown): void {
    // Whoever goes to the chat or to their name is still at work where they were.
    if (field === 'cursor' && value === null && document.visibilityState === 'visible') return;
    // A page that is being taken down must not announce itself again.
    if (this.#awareness.getLocalState() !== null) this.#awareness.setLocalStateField(field, value);
  }

  on(name: 'change', listener: (...args: never[]) => void): void {
    this.#awareness.on(name, listener as () => void);
  }

  off(name: 'change', listener: (...args: never[]) => void): void {
    this.#awareness.off(name, listener as () => void);
  }

  #cursorIn(state: unknown): CaretState['cursor'] {
    const { cursor, idle } = state as { cursor?: unknown; idle?: unknown };
    // Whoever is away works nowhere.
    if (!isRecord(cursor) || idle === true) return null;
    const { anchor, head } = cursor;
    return this.#isPosition(anchor) && this.#isPosition(head) ? { anchor, head } : null;
  }

  #isPosition(value: unknown): value is object {
    if (!isRecord(value)) return false;
    const { type, tname, item, assoc } = value;
    const named = tname === undefined || tname === null || tname === this.#field;
    const somewhere = [type, tname, item].some((part) => part !== undefined && part !== null);
    return somewhere && named && isIdOrNone(type) && isIdOrNone(item) && (assoc === undefined || typeof assoc === 'number');
  }
}

function isIdOrNone(value: unknown): boolean {
  if (value === undefined || value === null) return true;
  return isRecord(value) && isCount(value.client) && isCount(value.clock);
}

function isCount(value: unknown): boolean {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
