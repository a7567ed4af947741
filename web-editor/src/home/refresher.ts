/** Asks again every now and then, while somebody is looking: at once on return to the page and when the network is back. */

export const REFRESH_MS = 10_000;
/** While somebody is in a document of the list, its title may change any time. */
export const BUSY_MS = 4_000;
/** After a failure it is worth asking again soon: most are over at once. */
export const RETRY_MS = 2_000;

export class Refresher {
  /** Resolves to whether it worked. */
  readonly #ask: () => Promise<boolean>;
  readonly #busy: () => boolean;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #asking = false;

  constructor(ask: () => Promise<boolean>, busy: () => boolean) {
    this.#ask = ask;
    this.#busy = busy;
    document.addEventListener('visibilitychange', () => (document.hidden ? this.#stop() : void this.now()));
    addEventListener('online', () => void this.now());
  }

  /** The next turn comes after the whole wait, counted from here. */
  postpone(ms = this.#busy() ? BUSY_MS : REFRESH_MS): void {
    this.#stop();
    if (!document.hidden) this.#timer = setTimeout(() => void this.now(), ms);
  }

  async now(): Promise<void> {
    if (this.#asking || document.hidden) return;
    this.#asking = true;
    this.#stop();
    const worked = await this.#ask().finally(() => (this.#asking = false));
    if (worked) this.postpone();
    else this.postpone(RETRY_MS);
  }

  #stop(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}
