/** The lines between the people: what each writes arrives at each other one in its order, but not in that of the others. */
import * as Y from 'yjs';
import type { Random } from './random';

/** A line and how long it stands still, in steps of the round. */
interface Line {
  waiting: Uint8Array[];
  heldUntil: number;
}

const HOLD_STEPS = { from: 10, to: 120 };
const OFFLINE_STEPS = { from: 100, to: 500 };

export class Lines {
  readonly #random: Random;
  readonly #lines: Line[][];
  readonly #offlineUntil: number[];
  #step = 0;

  constructor(people: number, random: Random) {
    this.#random = random;
    this.#lines = Array.from({ length: people }, () => Array.from({ length: people }, () => ({ waiting: [], heldUntil: 0 })));
    this.#offlineUntil = Array.from({ length: people }, () => 0);
  }

  send(from: number, update: Uint8Array): void {
    this.#lines.forEach((line, to) => {
      if (to !== from) line[from]!.waiting.push(update);
    });
  }

  /** One step of time; now and then a line is held or a person is offline. */
  step(): void {
    this.#step += 1;
    const random = this.#random;
    if (random.chance(0.02)) random.pick(random.pick(this.#lines)).heldUntil = this.#step + random.whole(HOLD_STEPS.from, HOLD_STEPS.to);
    if (random.chance(0.004)) this.#offlineUntil[random.whole(0, this.#lines.length - 1)] = this.#step + random.whole(OFFLINE_STEPS.from, OFFLINE_STEPS.to);
  }

  /** What arrives at this person now: some or all of what one other wrote, in one piece or in several. */
  receive(to: number): Uint8Array[] {
    const open = this.#lines[to]!.filter((line, from) => line.waiting.length > 0 && this.#isOpen(line, from, to));
    if (open.length === 0) return [];
    const { waiting } = this.#random.pick(open);
    const updates = waiting.splice(0, this.#random.chance(0.4) ? waiting.length : this.#random.whole(1, Math.min(4, waiting.length)));
    return updates.length > 1 && this.#random.chance(0.5) ? [Y.mergeUpdates(updates)] : updates;
  }

  /** From now on nothing is held any more. */
  release(): void {
    this.#step = Infinity;
  }

  get empty(): boolean {
    return this.#lines.every((line) => line.every(({ waiting }) => waiting.length === 0));
  }

  #isOpen(line: Line, from: number, to: number): boolean {
    return Math.max(line.heldUntil, this.#offlineUntil[from]!, this.#offlineUntil[to]!) <= this.#step;
  }
}
