/** Where a film that is being played has come to. Knows no clock: whoever owns it says how much time went by. Pure. */
import type { Film } from './film';

export const SPEEDS = [1, 2, 4, 8, 16, 32, 64] as const;
/** A page that was hidden, or busy, goes on from where it was. */
const STEP_MS_MAX = 250;

export class Playing {
  readonly #film: Film;
  #position: number;
  speed: number;

  constructor(film: Film, index: number, speed: number) {
    this.#film = film;
    this.#position = film.position(index);
    this.speed = speed;
  }

  /** Goes on; returns the index to show. */
  tick(ms: number): number {
    this.#position += Math.min(Math.max(0, ms), STEP_MS_MAX) * this.speed;
    return this.#film.indexAtPosition(this.#position);
  }

  get position(): number {
    return Math.min(this.#position, this.#film.duration);
  }

  get ended(): boolean {
    return this.#position >= this.#film.duration;
  }
}
