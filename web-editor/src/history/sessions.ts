/** What was written in one go, by whom; and the marks between which one steps. Pure. */
import type { Version } from '../api/history';
import type { Film } from './film';

export interface Sitting {
  /** Indices: the state before the first update of it, and after the last. */
  from: number;
  to: number;
  start: number;
  end: number;
  /** Who wrote, most updates first. */
  writers: number[];
}

/** A pause longer than this ends a sitting. */
const PAUSE_MS = 10 * 60_000;
/** A shorter one does when somebody new goes on. */
const HANDOVER_MS = 30_000;
/** Changes are shown against the state before a burst. */
const BURST_MS = 2 * 60_000;

export function sittings(film: Film): Sitting[] {
  const all: Sitting[] = [];
  let counts = new Map<number, number>();
  const finish = (to: number) => {
    const last = all.at(-1);
    if (!last) return;
    last.to = to;
    last.end = film.time(to - 1);
    last.writers = [...counts].sort((a, b) => b[1] - a[1]).map(([who]) => who);
  };
  for (let at = 0; at < film.count; at += 1) {
    const [time, who] = [film.time(at), film.who(at)];
    const pause = at > 0 ? time - film.time(at - 1) : Infinity;
    // Nobody known, who only deleted, is no reason to think of somebody else.
    if (pause > PAUSE_MS || (pause > HANDOVER_MS && who !== 0 && !counts.has(who))) {
      finish(at);
      all.push({ from: at, to: at, start: time, end: time, writers: [] });
      counts = new Map();
    }
    counts.set(who, (counts.get(who) ?? 0) + 1);
  }
  finish(film.count);
  return all;
}

/** Where Shift and the arrows stop, in order: versions, sittings, and both ends. */
export function stops(film: Film, sat: readonly Sitting[], versions: readonly Version[]): number[] {
  const all = new Set([0, film.count, ...sat.map(({ to }) => to), ...versions.map(({ at }) => film.indexAt(at))]);
  return [...all].sort((a, b) => a - b);
}

/** What the state at an index is compared with: the stop or the pause before it. */
export function compared(film: Film, stopped: readonly number[], index: number): number {
  const stop = stopped.findLast((candidate) => candidate < index) ?? 0;
  for (let at = index - 1; at > stop; at -= 1) if (film.time(at) - film.time(at - 1) > BURST_MS) return at;
  return stop;
}
