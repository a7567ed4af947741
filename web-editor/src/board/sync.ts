/** When a binding writes and shows: at once after a rest, at a bounded rate while something goes on. */
import type { Binding } from './binding';

/** Strokes, moves and letters are written about 15 times a second. */
export const WRITE_EVERY_MS = 66;
/** Where no frames are drawn, as in a hidden tab, changes are shown this late. */
const SHOW_LATEST_MS = 250;

export class Sync {
  readonly #binding: () => Binding;
  readonly #editable: () => boolean;
  #wroteAt = 0;
  #writing: ReturnType<typeof setTimeout> | undefined;
  #frame = 0;
  #showing: ReturnType<typeof setTimeout> | undefined;
  /** Until then the page belongs to the person: showing took as long before. */
  #restUntil = 0;

  constructor(binding: () => Binding, editable: () => boolean) {
    this.#binding = binding;
    this.#editable = editable;
    addEventListener('pagehide', () => this.flush());
    document.addEventListener('visibilitychange', () => document.hidden && this.flush());
  }

  /** The scene may have changed. */
  local(): void {
    const binding = this.#binding();
    if (binding.waiting) this.remote();
    if (this.#writing !== undefined || !this.#editable() || !binding.dirty()) return;
    const wait = this.#wroteAt + WRITE_EVERY_MS - performance.now();
    if (wait <= 0) this.flush();
    else this.#writing = setTimeout(() => this.flush(), wait);
  }

  /** The document has changed. */
  remote(): void {
    if (this.#showing !== undefined) return;
    const rest = this.#restUntil - performance.now();
    if (rest > 0) {
      this.#showing = setTimeout(() => this.#show(), rest);
      return;
    }
    this.#frame = requestAnimationFrame(() => this.#show());
    this.#showing = setTimeout(() => this.#show(), SHOW_LATEST_MS);
  }

  /** Writes now what is not written. */
  flush(): void {
    clearTimeout(this.#writing);
    this.#writing = undefined;
    if (!this.#editable()) return;
    this.#wroteAt = performance.now();
    this.#binding().push();
    if (this.#binding().waiting) this.remote();
  }

  #show(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#showing);
    this.#frame = 0;
    this.#showing = undefined;
    const start = performance.now();
    this.#binding().pull();
    // Drawing a large board takes longer than a frame: half the time is left for everything else.
    requestAnimationFrame(() => setTimeout(() => {
      const end = performance.now();
      this.#restUntil = end + Math.min(end - start, SHOW_LATEST_MS);
    }));
  }
}
