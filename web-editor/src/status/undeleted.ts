/** A document that was deleted while it was open may be brought back: asks for that with growing pauses while somebody looks. */
import { documentInfo } from '../api/documents';
import type { Session } from '../session/session';

const DELETED = 4404;
/** The first pause; home offers to undo a deletion for a few seconds. */
export const FIRST_PAUSE_MS = 1_000;
export const PAUSE_MS_MAX = 60_000;
const GROWTH = 1.5;
/** About half a day of somebody looking; after that only who presses Retry comes back. */
export const QUESTIONS_MAX = 720;

/** Whether the document is there; asks its server. */
export type Question = (name: string) => Promise<boolean>;

export class Undeleted {
  readonly #session: Session;
  readonly #question: Question;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asked = 0;
  #pauseMs = FIRST_PAUSE_MS;
  #asking = false;

  constructor(session: Session, question: Question = isThere) {
    this.#session = session;
    this.#question = question;
    session.subscribe(() => this.#watch());
    document.addEventListener('visibilitychange', () => !document.hidden && this.#timer !== undefined && void this.#ask());
    this.#watch();
  }

  #isDeleted(): boolean {
    return this.#session.state.code === DELETED;
  }

  #watch(): void {
    if (!this.#isDeleted()) return this.#rest();
    if (this.#timer === undefined && !this.#asking) this.#wait();
  }

  #rest(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    this.#asked = 0;
    this.#pauseMs = FIRST_PAUSE_MS;
  }

  /** Jittered: everybody who had it open was told in the same instant. */
  #wait(): void {
    if (this.#asked >= QUESTIONS_MAX) return;
    const pauseMs = this.#pauseMs * (0.75 + Math.random() / 2);
    this.#pauseMs = Math.min(PAUSE_MS_MAX, this.#pauseMs * GROWTH);
    this.#timer = setTimeout(() => void this.#ask(), pauseMs);
  }

  async #ask(): Promise<void> {
    // On return to the page it is asked at once.
    if (this.#asking || document.hidden) return;
    clearTimeout(this.#timer);
    this.#asking = true;
    this.#asked += 1;
    const there = await this.#question(this.#session.name).catch(() => false);
    this.#asking = false;
    this.#timer = undefined;
    if (!this.#isDeleted()) return;
    if (there) return this.#session.retry();
    this.#wait();
  }
}

async function isThere(name: string): Promise<boolean> {
  return (await documentInfo(name)) !== null;
}
