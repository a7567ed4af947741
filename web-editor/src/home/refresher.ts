/** Asks again every now and then, while somebody is looking: at once on return to the page and when the network is back. */

export const REFRESH_MS = 10_000;
/** After a failure it is worth asking again soon: most are over at once. */
export const RETRY_MS = 2_000;

export class Refresher {
  /** Resolves to whether it worked. */
  readonly #ask: () => Promise<boolean>;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;

  constructor(ask: () => Promise<boolean>) {
    this.#ask = ask;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#stop() : void this.now()));
    addEventListener('online', () => void this.now());
  }

  /** The next turn comes after the whole wait, counted from here. */
  postpone(ms = REFRESH_MS): void {
    this.#stop();
    if (!document.hidden) this.#timer = setTimeout(() => void this.now(), ms);
  }

  async now(): Promise<void> {
    if (this.#asking || document.hidden) return;
    this.#asking = true;
    this.#stop();
    const worked = await this.#ask().finally(() => (this.#asking = false));
    this.postpone(worked ? REFRESH_MS : RETRY_MS);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
