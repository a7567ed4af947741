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
/** Nobody is kept from what others do for longer without a key of a composition, and with more of it waiting. */
export const HOLD_MS_MAX = 60_000;
export const HELD_MAX = 10_000;
export const HELD_BYTES_MAX = 4 << 20;
/** A composition that has to end is written by then. */
export const END_MS_MAX = 500;

export interface IncomingOptions {
  doc: Y.Doc;
  /** The origin of the transactions. */
  origin: unknown;
}

export class Incoming {
  /** Called before each step, while the document is as it was. */
  readonly before = new Set<() => void>();
  /** Called when what is being composed has to end, so that nothing tears it. */
  readonly overdue = new Set<() => void>();
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
  /** Whoever composes was told to end. */
  #ending = false;

  constructor(options: IncomingOptions) {
    this.#options = options;
    options.doc.on('afterTransaction', ({ local, changed }) => local && changed.size > 0 && this.#typed());
  }

  update(update: Uint8Array): void {
    this.#updates.push(update);
    this.#bytes += update.length;
    const first = this.#held === undefined && this.#updates.length === 1 && performance.now() >= this.#dueAt();
    if (first) this.flush();
    else if (this.#isFull()) this.#makeRoom();
    else this.#await();
  }

  /** Does what came behind these updates once they are in the document; at once if none waits. */
  behind(act: () => void): void {
    if (this.#updates.length === 0) return act();
    this.#behind.push(act);
    if (this.#isFull()) this.#makeRoom();
  }

  /** What the server has behind all it sent before; not paced, for the page is not whole without it. */
  reply(update: Uint8Array, act: () => void): void {
    this.#updates.push(update);
    this.#bytes += update.length;
    this.#behind.push(act);
    if (this.#held === undefined || this.#isFull()) this.#makeRoom();
  }

  /** There is no connection any more, and so nobody of whom something waits to be told. */
  closed(): void {
    this.flushUnlessHeld();
    this.#behind = [];
  }

  flushUnlessHeld(): void {
    if (this.#held === undefined) this.flush();
  }

  /** Lets everything wait, for a composition that a step would tear; until `release`, or a bound. Counts from the last call. */
  hold(): void {
    if (this.#ending) return;
    this.#cancel();
    clearTimeout(this.#held);
    this.#held = setTimeout(() => this.#end(), HOLD_MS_MAX);
  }

  release(): void {
    clearTimeout(this.#held);
    this.#held = undefined;
    this.#ending = false;
    this.flush();
  }

  #makeRoom(): void {
    if (this.#held === undefined) this.flush();
    else this.#end();
  }

  #end(): void {
    if (this.#ending) return;
    this.#ending = true;
    clearTimeout(this.#held);
    this.#held = setTimeout(() => this.release(), END_MS_MAX);
    for (const act of this.overdue) doOne(act);
  }

  /** Makes the step now. */
  flush(): void {
    this.#cancel();
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

  #cancel(): void {
    cancelAnimationFrame(this.#frame);
    clearTimeout(this.#timer);
    this.#timer = undefined;
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
    const isHeld = this.#held !== undefined;
    return this.#updates.length + this.#behind.length >= (isHeld ? HELD_MAX : WAITING_MAX) || this.#bytes >= (isHeld ? HELD_BYTES_MAX : WAITING_BYTES_MAX);
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
