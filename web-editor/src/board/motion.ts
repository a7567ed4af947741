/** Where a cursor is between two of its messages, and whether it still shows. Pure. */

export interface Point {
  readonly x: number;
  readonly y: number;
}

/** A little longer than the time between two messages, so that movement does not stutter. */
export const GLIDE_MS = 80;
/** After a longer silence the way between is unknown. */
export const GAP_MAX_MS = 250;
export const LABEL_MS = 4_000;
export const HIDE_MS = 30_000;

export class Motion {
  #from: Point;
  #to: Point;
  #at: number;

  constructor(point: Point, now: number) {
    this.#from = this.#to = point;
    this.#at = now;
  }

  /** A message said where it is; `glide` is false for those who want less motion. */
  moveTo(point: Point, now: number, glide: boolean): void {
    if (point.x === this.#to.x && point.y === this.#to.y) return;
    this.#from = glide && now - this.#at <= GAP_MAX_MS ? this.at(now) : point;
    this.#to = point;
    this.#at = now;
  }

  at(now: number): Point {
    const part = Math.min(1, (now - this.#at) / GLIDE_MS);
    if (part >= 1) return this.#to;
    return { x: this.#from.x + (this.#to.x - this.#from.x) * part, y: this.#from.y + (this.#to.y - this.#from.y) * part };
  }

  /** On its way to where the last message put it. */
  moving(now: number): boolean {
    return now - this.#at < GLIDE_MS && this.#from !== this.#to;
  }

  shows(now: number): 'named' | 'bare' | 'hidden' {
    const still = now - this.#at;
    if (still >= HIDE_MS) return 'hidden';
    return still >= LABEL_MS ? 'bare' : 'named';
  }

  /** When `shows` will answer something else; null for never. */
  nextChange(now: number): number | null {
    const next = [LABEL_MS, HIDE_MS].find((ms) => now - this.#at < ms);
    return next === undefined ? null : this.#at + next;
  }
}
