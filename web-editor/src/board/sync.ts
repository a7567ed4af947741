/** When a binding writes and shows: at once after a rest, at a bounded rate while something goes on. */
import type { Binding } from './binding';

/** Strokes and moves are written about 15 times a second. */
export const WRITE_EVERY_MS = 66;
/** A text is written whole each time, so less often. */
export const WRITE_TEXT_EVERY_MS = 300;
/** Where no frames are drawn, as in a hidden tab, changes are shown this late. */
const SHOW_LATEST_MS = 250;

export interface Pace {
  editable: () => boolean;
  typing: () => boolean;
}

export class Sync {
  readonly #binding: () => Binding;
  readonly #pace: Pace;
  #wroteAt = 0;
  #writing: ReturnType<typeof setTimeout> | undefined;
  #frame = 0;
  #showing: ReturnType<typeof setTimeout> | undefined;
  /** Until then the page belongs to the person: showing took as long before. */
  #restUntil = 0;

  constructor(binding: () => Binding, pace: Pace) {
    this.#binding = binding;
    this.#pace = pace;
    addEventListener('pagehide', () => this.flush());
    document.addEventListener('visibilitychange', () => document.hidden && this.flush());
  }

  /** The scene may have changed. */
  local(): void {
    const binding = this.#binding();
    if (binding.waiting) this.remote();
    if (this.#writing !== undefined || !this.#pace.editable() || !binding.dirty()) return;
    const every = this.#pace.typing() ? WRITE_TEXT_EVERY_MS : WRITE_EVERY_MS;
    const wait = this.#wroteAt + every - performance.now();
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
    if (!this.#pace.editable()) return;
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
