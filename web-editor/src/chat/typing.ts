/** Who is writing a message: one field of awareness, taken back after a rest. */
import type { Awareness } from 'y-protocols/awareness';
import { personIn } from '../presence/person';

/** Somebody who has not touched a key for this long is not typing. */
export const REST_MS = 3_000;
const NAMED_MAX = 2;

export class Typing {
  readonly #awareness: Awareness;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(awareness: Awareness) {
    this.#awareness = awareness;
  }

  typed(): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.rested(), REST_MS);
    if (this.#awareness.getLocalState()?.typing !== 'chat') this.#awareness.setLocalStateField('typing', 'chat');
  }

  rested(): void {
    clearTimeout(this.#timer);
    const state = this.#awareness.getLocalState();
    // Whoever went on to the text has said so in the same place.
    if (state?.typing !== 'chat') return;
    const { typing: _, ...rest } = state;
    this.#awareness.setLocalState(rest);
  }
}

/** "Ada is typing…", of everybody but ourselves; empty when nobody is. */
export function typingWords(states: Map<number, unknown>, self: string): string {
  const names = new Map<string, string>();
  for (const state of states.values()) {
    const person = (state as { typing?: unknown } | null)?.typing === 'chat' ? personIn(state) : null;
    if (person && person.id !== self) names.set(person.id, person.name);
  }
  const [one, two] = [...names.values()].sort();
  if (!one) return '';
  if (names.size > NAMED_MAX) return 'Several people are typing…';
  return two ? `${one} and ${two} are typing…` : `${one} is typing…`;
}
