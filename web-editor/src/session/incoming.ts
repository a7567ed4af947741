/**
 * What the others do, in one step a frame. Whoever listens to the document draws after every transaction, so twenty people who
 * type would make it draw hundreds of times a second. One update on its own does not wait. In a document so large that drawing
 * takes long, the steps keep their distance, and come right behind the own keys of who types, before the next one.
 */
import * as Y from 'yjs';

/** No two steps are closer than a frame of most screens. */
const FRAME_MS = 16;
/** A step comes by then at the latest: hidden pages get no frames. */
const WAIT_MS_MAX = 50;
/** Of the time, one part of this many goes into drawing what others do. */
const SHARE = 5;
/** Between two steps, however long they take to draw. */
const PACE_MS_MAX = 300;
/** So long a step waits for an own key, of somebody whose last one is not longer ago than the other. */
const KEY_MS_MAX = 150;
const TYPING_MS_MAX = 500;
/** How much of what is thought of the cost of a step comes from the last one. */
const LEARNING = 0.5;
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
  /** Called before each step, while the document is as it was. */
  readonly before = new Set<() => void>();
  readonly #options: IncomingOptions;
  #updates: Uint8Array[] = [];
  /** What came behind the first of these updates and may speak of what is in them. */
  #behind: (() => void)[] = [];
  #bytes = 0;
  #steppedAt = -Infinity;
  #typedAt = -Infinity;
  /** Of a step, until it is drawn. */
  #costMs = 0;
  #measuring = false;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;
  #held: ReturnType<typeof setTimeout> | undefined;

  constructor(options: IncomingOptions) {
    this.#options = options;
    options.doc.on('afterTransaction', ({ local, changed }) => local && changed.size > 0 && this.#typed());
  }

  update(update: Uint8Array): void {
    this.#updates.push(update);
    this.#bytes += update.length;
    const first = this.#held === undefined && this.#updates.length === 1 && performance.now() >= this.#dueAt();
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
    for (const act of this.before) doOne(act);
    const [updates, behind] = [this.#updates, this.#behind];
    this.#updates = [];
    this.#behind = [];
    this.#bytes = 0;
    const began = performance.now();
    apply(this.#options, updates);
    for (const act of behind) doOne(act);
    this.#steppedAt = performance.now();
    // A page that nobody looks at draws nothing.
    if (this.#measuring || document.hidden) return;
    this.#measuring = true;
    whenDrawn(() => {
      this.#measuring = false;
      this.#learn(performance.now() - began);
    });
  }

  #learn(costMs: number): void {
    // A step that takes no time waits for a frame; a page that is not looked at, for much longer.
    this.#costMs += (Math.min(Math.max(0, costMs - FRAME_MS), PACE_MS_MAX) - this.#costMs) * LEARNING;
  }

  /** When the next step may be made. */
  #dueAt(): number {
    return this.#steppedAt + Math.max(FRAME_MS, Math.min(this.#costMs * (SHARE - 1), PACE_MS_MAX));
  }

  /** Once the key is drawn, there is most time until the next. */
  #typed(): void {
    this.#typedAt = performance.now();
    if (this.#updates.length > 0 && this.#held === undefined && this.#typedAt >= this.#dueAt()) whenDrawn(() => this.#held === undefined && this.flush());
  }

  #isFull(): boolean {
    return this.#updates.length + this.#behind.length >= WAITING_MAX || this.#bytes >= WAITING_BYTES_MAX;
  }

  #await(): void {
    if (this.#timer !== undefined || this.#held !== undefined) return;
    const now = performance.now();
    const due = this.#dueAt() - now;
    if (due <= FRAME_MS) {
      this.#frame = requestAnimationFrame(() => this.flush());
      this.#timer = setTimeout(() => this.flush(), WAIT_MS_MAX);
    } else {
      const isTyping = now - this.#typedAt <= TYPING_MS_MAX;
      this.#timer = setTimeout(() => this.flush(), due + (isTyping ? KEY_MS_MAX : 0));
    }
  }
}

function whenDrawn(act: () => void): void {
  requestAnimationFrame(() => {
    const { port1, port2 } = new MessageChannel();
    port1.onmessage = act;
    port2.postMessage(null);
  });
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

function doOne(act: () => void): void {
  try {
    act();
  } catch (error) {
    console.error('weft: what goes before or behind an edit failed', error);
  }
}

function applyOne(doc: Y.Doc, update: Uint8Array, origin: unknown): void {
  try {
    Y.applyUpdate(doc, update, origin);
  } catch (error) {
    console.error('weft: an update could not be applied', error);
  }
}
