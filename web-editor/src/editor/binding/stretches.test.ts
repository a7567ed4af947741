import { StepMap } from '@tiptap/pm/transform';
import { describe, expect, it } from 'vitest';
import { stretches } from './stretches';

describe('positions that stay', () => {
  it('are those that no step replaced', () => {
    expect(stretches([], 3, 9)).toEqual([{ old: 3, now: 3, length: 6 }]);
    expect(stretches([new StepMap([5, 0, 2])], 0, 10)).toEqual([{ old: 0, now: 0, length: 5 }, { old: 5, now: 7, length: 5 }]);
    expect(stretches([new StepMap([5, 2, 0])], 0, 10)).toEqual([{ old: 0, now: 0, length: 5 }, { old: 7, now: 5, length: 3 }]);
  });

  it('are the same as mapping them one by one, whatever the steps', () => {
    let seed = 7;
    const random = (below: number) => (seed = (seed * 1103515245 + 12345) % 2147483648) % below;
    for (let round = 0; round < 2000; round += 1) {
      let size = 30;
      const maps: StepMap[] = [];
      // Marks of what each position was; null for what is new.
      let origin: (number | null)[] = Array.from({ length: size }, (_, at) => at);
      for (let step = random(4); step >= 0; step -= 1) {
        const ranges: number[] = [];
        const next: (number | null)[] = [];
        let at = 0;
        while (at < size && random(3) > 0) {
          const start = at + random(size - at + 1);
          if (ranges.length > 0 && start === at) break;
          const oldSize = Math.min(random(4), size - start);
          const newSize = random(4);
          if (oldSize + newSize === 0) break;
          ranges.push(start, oldSize, newSize);
          next.push(...origin.slice(at, start), ...Array.from({ length: newSize }, () => null));
          at = start + oldSize;
        }
        next.push(...origin.slice(at));
        maps.push(new StepMap(ranges));
        origin = next;
        size = origin.length;
      }
      const expected = origin.flatMap((was, now) => (was === null ? [] : [[was, now]]));
      const found = stretches(maps, 0, 30).flatMap(({ old, now, length }) => Array.from({ length }, (_, at) => [old + at, now + at]));
      expect(found, JSON.stringify(maps)).toEqual(expected);
    }
  });
});
