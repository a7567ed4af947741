import { expect, test } from 'vitest';
import { Newest } from './newest';

test('keeps what was set last, and no more than it may', () => {
  const newest = new Newest<string, number>(2);
  newest.set('a', 1);
  newest.set('b', 2);
  newest.set('a', 3);
  newest.set('c', 4);
  expect([...newest.keys()]).toEqual(['a', 'c']);
  expect([newest.get('a'), newest.has('b'), newest.has('c')]).toEqual([3, false, true]);
  newest.delete('a');
  newest.set('d', 5);
  expect([...newest.keys()]).toEqual(['c', 'd']);
});
