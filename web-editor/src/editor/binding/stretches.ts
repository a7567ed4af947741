/** Which positions of a document stayed through steps. Pure. */
import type { StepMap } from '@tiptap/pm/transform';

/** `length` positions that were at `old` and are at `now`. */
export interface Stretch {
  old: number;
  now: number;
  length: number;
}

/** What of `from` to `to` is left after the maps, in order. */
export function stretches(maps: readonly StepMap[], from: number, to: number): Stretch[] {
  let left: Stretch[] = [{ old: from, now: from, length: to - from }];
  for (const map of maps) left = through(map, left);
  return left;
}

function through(map: StepMap, before: readonly Stretch[]): Stretch[] {
  const ranges: [start: number, end: number, shift: number][] = [];
  map.forEach((start, end, nowStart, nowEnd) => ranges.push([start, end, nowEnd - nowStart - (end - start)]));
  if (ranges.length === 0) return before as Stretch[];
  const after: Stretch[] = [];
  let next = 0;
  let shift = 0;
  for (const { old, now, length } of before) {
    let at = now;
    const end = now + length;
    // A range between two stretches moves only what is behind it.
    while (next < ranges.length && ranges[next]![1] <= at && ranges[next]![0] < end) shift += ranges[next++]![2];
    for (let index = next; index < ranges.length && ranges[index]![0] < end; index += 1) {
      const [start, stop, by] = ranges[index]!;
      if (start > at) after.push({ old: old + at - now, now: at + shift, length: start - at });
      at = Math.max(at, Math.min(stop, end));
      if (stop > end) break;
      shift += by;
      next = index + 1;
    }
    if (at < end) after.push({ old: old + at - now, now: at + shift, length: end - at });
  }
  return after;
}

/** What a `StepMap` takes for a change between these positions where what lies between what stayed got another size. */
export function rangesAround(kept: Iterable<Stretch>, from: number, oldEnd: number, nowEnd: number): number[] {
  const ranges: number[] = [];
  let [old, now] = [from, from];
  const between = (oldNext: number, nowNext: number) => {
    if (oldNext - old !== nowNext - now) ranges.push(old, oldNext - old, nowNext - now);
  };
  for (const stretch of kept) {
    between(stretch.old, stretch.now);
    [old, now] = [stretch.old + stretch.length, stretch.now + stretch.length];
  }
  between(oldEnd, nowEnd);
  return ranges;
}
