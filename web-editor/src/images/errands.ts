/**
 * Asks a server for things until it gives them: a few at a time, and after a failure only after a pause, which grows with each
 * one and is not the same for two pages. A server in trouble is asked for one thing at a time until it answers again.
 */
import { Problem } from '../api/problem';
import type { Session } from '../session/session';

const PAUSE_MIN_MS = 1_000;
export const PAUSE_MAX_MS = 60_000;
/** Whatever happens, nothing is asked for more often than this. */
const GAP_MS = 1_000;
/** Answers that will be the same the next time. */
const FINAL = new Set([400, 411, 413, 415, 422]);
const BUSY = 429;

export interface ErrandsOptions {
  atOnceMax: number;
  /** Whether there is anybody to ask; `wake` when that changes. */
  open?: () => boolean;
  random?: () => number;
}

interface Errand {
  run: () => Promise<void>;
  failures: number;
  triedMs: number;
  notBeforeMs: number;
  running: boolean;
  /** The answer will not change: only a person asks again. */
  over: boolean;
}

export const isFinal = (error: unknown): boolean => error instanceof Problem && FINAL.has(error.status);

/** Half to all of a time that doubles with each failure. */
export function pauseMs(failures: number, random: number): number {
  return Math.min(PAUSE_MAX_MS, PAUSE_MIN_MS * 2 ** Math.min(failures - 1, 20)) * (0.5 + random / 2);
}

export class Errands {
  readonly #options: Required<ErrandsOptions>;
  /** In the order in which they are tried. */
  readonly #errands = new Map<string, Errand>();
  #running = 0;
  #serverFailures = 0;
  #serverNotBeforeMs = 0;
  #wokenMs = -Infinity;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #wakeTimer: ReturnType<typeof setTimeout> | undefined;

  constructor({ atOnceMax, open = () => true, random = Math.random }: ErrandsOptions) {
    this.#options = { atOnceMax, open, random };
  }

  /** Runs it soon, and again while it rejects. What is asked for already stays as it is. */
  ask(key: string, run: () => Promise<void>): void {
    if (this.#errands.has(key)) return;
    this.#errands.set(key, { run, failures: 0, triedMs: -Infinity, notBeforeMs: 0, running: false, over: false });
    this.#pumpSoon();
  }

  /** The same for what was tried in another way just now, in vain. */
  askAgain(key: string, run: () => Promise<void>): void {
    if (this.#errands.has(key)) return;
    this.#errands.set(key, { run, failures: 1, triedMs: Date.now(), notBeforeMs: Date.now() + this.#pause(1), running: false, over: false });
    this.#pumpSoon();
  }

  /** A person does not want to wait. */
  askNow(key: string): void {
    const errand = this.#errands.get(key);
    if (!errand) return;
    Object.assign(errand, { failures: 0, notBeforeMs: 0, over: false });
    this.#serverNotBeforeMs = 0;
    this.#pumpSoon();
  }

  /** There is reason to believe that this one is there now. */
  hasten(key: string): void {
    const errand = this.#errands.get(key);
    if (!errand) return;
    errand.notBeforeMs = Math.min(errand.notBeforeMs, errand.triedMs + GAP_MS);
    this.#pumpSoon();
  }

  /** The connection is back: no reason to sit out the pauses. */
  wake(): void {
    const waitMs = this.#wokenMs + GAP_MS - Date.now();
    clearTimeout(this.#wakeTimer);
    if (waitMs > 0) {
      this.#wakeTimer = setTimeout(() => this.wake(), waitMs);
      return;
    }
    this.#wokenMs = Date.now();
    this.#serverNotBeforeMs = 0;
    for (const errand of this.#errands.values()) errand.notBeforeMs = 0;
    this.#pumpSoon();
  }

  /** Never within the call: whoever asks may be in the middle of a change. */
  #pumpSoon(): void {
    queueMicrotask(() => this.#pump());
  }

  #pump(): void {
    clearTimeout(this.#timer);
    if (!this.#options.open()) return;
    const now = Date.now();
    let next = Infinity;
    for (const [key, errand] of [...this.#errands]) {
      if (errand.running || errand.over) continue;
      const dueMs = Math.max(errand.notBeforeMs, this.#serverNotBeforeMs);
      if (dueMs > now) next = Math.min(next, dueMs);
      else if (this.#running < this.#room()) void this.#run(key, errand);
    }
    // What is due and has no room is started by what ends.
    if (next < Infinity) this.#timer = setTimeout(() => this.#pump(), next - now);
  }

  #room(): number {
    return this.#serverFailures > 0 ? 1 : this.#options.atOnceMax;
  }

  async #run(key: string, errand: Errand): Promise<void> {
    errand.running = true;
    errand.triedMs = Date.now();
    this.#running += 1;
    try {
      await errand.run();
      this.#serverFailures = 0;
      this.#errands.delete(key);
    } catch (error) {
      this.#failed(key, errand, error);
    }
    errand.running = false;
    this.#running -= 1;
    this.#pump();
  }

  #failed(key: string, errand: Errand, error: unknown): void {
    const now = Date.now();
    errand.failures += 1;
    errand.over = isFinal(error);
    errand.notBeforeMs = now + Math.min(PAUSE_MAX_MS, this.#pause(errand.failures) * this.#crowd());
    // Last in turn: one that always fails must not keep the others waiting.
    this.#errands.delete(key);
    this.#errands.set(key, errand);
    if (!isTheServers(error)) this.#serverFailures = 0;
    else if (this.#serverNotBeforeMs <= now) {
      this.#serverFailures += 1;
      this.#serverNotBeforeMs = now + this.#pause(this.#serverFailures);
    }
  }

  /** However many fail, together they are not asked for more often than a few. */
  #crowd(): number {
    const failing = [...this.#errands.values()].filter(({ failures, over }) => failures > 0 && !over).length;
    return Math.max(1, failing / this.#options.atOnceMax);
  }

  #pause(failures: number): number {
    return pauseMs(failures, this.#options.random());
  }
}

/** Not this one image's trouble: the server is away, busy or broken. */
function isTheServers(error: unknown): boolean {
  return !(error instanceof Problem) || error.status === 0 || error.status === BUSY || error.status >= 500;
}

/** Calls `back` when the server may be there again. */
export function onReturn(session: Pick<Session, 'state' | 'subscribe'>, back: () => void): void {
  addEventListener('online', back);
  let { net, readonly } = session.state;
  session.subscribe(() => {
    const { state } = session;
    const better = state.net === 'online' && (net !== 'online' || (readonly && !state.readonly));
    ({ net, readonly } = state);
    if (better) back();
  });
}
