/** The points and pressures of a freehand stroke: flat lists of numbers that only grow while it is drawn. */
import * as Y from 'yjs';
import { STROKE_NUMBERS_MAX, grain, size, within } from './values';

export const LISTS = ['points', 'pressures'] as const;
export type List = (typeof LISTS)[number];

const PRESSURE_STEPS = 256;
const pressure = within(0, 1);

/** `[[x, y], …]` as x, y, x, y. */
export function flat(list: List, value: unknown): number[] {
  if (!Array.isArray(value)) return [];
  if (list === 'pressures') return (value as number[]).map((number) => Math.round(number * PRESSURE_STEPS) / PRESSURE_STEPS);
  const numbers: number[] = [];
  for (const [x, y] of value as [number, number][]) numbers.push(grain(x), grain(y));
  return numbers;
}

/** The other way round. */
export function nested(list: List, numbers: readonly number[]): unknown {
  if (list === 'pressures') return [...numbers];
  const points: [number, number][] = [];
  for (let at = 0; at + 1 < numbers.length; at += 2) points.push([numbers[at]!, numbers[at + 1]!]);
  return points;
}

/** The usable part of a stored list: everything before the first value that is no number, in whole points. */
export function readList(list: List, stored: unknown): number[] {
  if (!(stored instanceof Y.Array)) return [];
  const read = list === 'points' ? size : pressure;
  const numbers: number[] = [];
  for (const value of stored as Iterable<unknown>) {
    if (numbers.length >= STROKE_NUMBERS_MAX || read(value) === undefined) break;
    numbers.push(value as number);
  }
  if (list === 'points' && numbers.length % 2 === 1) numbers.pop();
  return numbers;
}

/** Brings the stored list from `known` to `next`: appends where it only grew, else writes it anew. */
export function writeList(entry: Y.Map<unknown>, list: List, known: readonly number[], next: readonly number[]): void {
  const stored = entry.get(list);
  const grew = stored instanceof Y.Array && next.length >= known.length && known.every((number, at) => number === next[at]);
  if (grew) {
    if (next.length > known.length) stored.push(next.slice(known.length));
    return;
  }
  entry.set(list, Y.Array.from([...next]));
}
