/**
 * What the others do, in one step a frame. Whoever listens to the document draws after every transaction, so twenty people who
 * type would make it draw hundreds of times a second. One update on its own does not wait.
 */
import * as Y from 'yjs';

/** No two steps are closer than a frame of most screens. */
const FRAME_MS = 16;
/** A step comes by then at the latest: hidden pages get no frames. */
const WAIT_MS_MAX = 50;
/** With more of it waiting, the step is made at once. */
export const WAITING_MAX = 1_000;
export const WAITING_BYTES_MAX = 1 << 20;
/** Nobody is kept from what others do for longer, whatever is being composed. */
export const HOLD_MS_MAX = 10_000;

export interface IncomingOptions {
  doc: Y.Doc;
  /** The origin of the transactions. */
  origin: unknown;
}

export class Incoming {
  readonly #options: IncomingOptions;
  #updates: Uint8Array[] = [];
  /** What came behind the first of these updates and may speak of what is in them. */
  #behind: (() => void)[] = [];
  #bytes = 0;
  #steppedAt = -Infinity;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #held: ReturnType<typeof setTimeout> | undefined;

  constructor(options: IncomingOptions) {
    this.#options = options;
  }

  update(update: Uint8Array): void {
    this.#updates.push(update);
    this.#bytes += update.length;
    const first = this.#held === undefined && this.#updates.length === 1 && performance.now() - this.#steppedAt >= FRAME_MS;
    if (first || this.#isFull()) this.flush();
    else this.#await();
  }

  /** Does what came behind these updates once they are in the document; at once if none waits. */
  behind(act: () => void): void {
    if (this.#updates.length === 0) return act();
    this.#behind.push(act);
    if (this.#isFull()) this.flush();
  }

  /** Lets everything wait, for a composition that a step would tear; until `release`, or a bound. */
  hold(): void {
    this.#held ??= setTimeout(() => this.release(), HOLD_MS_MAX);
  }

  release(): void {
    clearTimeout(this.#held);
    this.#held = undefined;
    this.flush();
  }

  /** Makes the step now. */
  flush(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#timer = undefined;
    if (this.#updates.length === 0) return;
    const [updates, behind] = [this.#updates, this.#behind];
    this.#updates = [];
    this.#behind = [];
    this.#bytes = 0;
    apply(this.#options, updates);
    this.#steppedAt = performance.now();
    for (const act of behind) act();
  }

  #isFull(): boolean {
    return this.#updates.length + this.#behind.length >= WAITING_MAX || this.#bytes >= WAITING_BYTES_MAX;
  }

  #await(): void {
    if (this.#timer !== undefined || this.#held !== undefined) return;
    this.#frame = requestAnimationFrame(() => this.flush());
    this.#timer = setTimeout(() => this.flush(), WAIT_MS_MAX);
  }
}

/** One that cannot be read hides no other; the provider says so in the console as well and goes on. */
function apply({ doc, origin }: IncomingOptions, updates: readonly Uint8Array[]): void {
  try {
    const each = (): void => {
      for (const update of updates) applyOne(doc, update, origin);
    };
    Y.transact(doc, each, origin, false);
  } catch (error) {
    console.error('weft: a listener of the document failed', error);
  }
}

function applyOne(doc: Y.Doc, update: Uint8Array, origin: unknown): void {
  try {
    Y.applyUpdate(doc, update, origin);
  } catch (error) {
    console.error('weft: an update could not be applied', error);
  }
}
