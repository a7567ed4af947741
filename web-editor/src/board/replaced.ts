/** Tells the others that somebody put another drawing in the place of the board. */
import type { Session } from '../session/session';
import { toast } from '../page/toast';
import { personIn } from '../presence/person';

const FIELD = 'boardReplaced';
const TOLD_MS = 10_000;

export class Replaced {
  readonly #session: Session;
  /** How often each of the others had done so when last looked. */
  readonly #seen = new Map<number, number>();
  #times = 0;

  constructor(session: Session) {
    this.#session = session;
    const { awareness } = session;
    for (const client of awareness.getStates().keys()) this.#look(client);
    awareness.on('change', ({ added, updated, removed }: { added: number[]; updated: number[]; removed: number[] }) => {
      for (const client of [...added, ...updated]) this.#look(client);
      for (const client of removed) this.#seen.delete(client);
    });
  }

  tell(): void {
    this.#times += 1;
    this.#session.awareness.setLocalStateField(FIELD, this.#times);
  }

  #look(client: number): void {
    const { awareness } = this.#session;
    const state = awareness.getStates().get(client);
    const times: unknown = state?.[FIELD] ?? 0;
    if (client === awareness.clientID || !state || typeof times !== 'number') return;
    const before = this.#seen.get(client);
    this.#seen.set(client, times);
    // Who was here before has a past that is no news.
    if (before === undefined || times <= before) return;
    const name = personIn(state)?.name ?? 'Somebody';
    toast(`${name} replaced the board with a file. ${name} can undo it, and the history has what was there.`, { ms: TOLD_MS });
  }
}
