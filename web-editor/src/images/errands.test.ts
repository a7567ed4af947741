import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import { Problem } from '../api/problem';
import { Errands, PAUSE_MAX_MS, pauseMs } from './errands';

beforeEach(() => vi.useFakeTimers());
afterEach(() => vi.useRealTimers());

const MINUTE_MS = 60_000;

/** A server that answers as the test says, and counts what it was asked for. */
function server(answer: (key: string) => Error | null) {
  const asked: string[] = [];
  const errands = new Errands({ atOnceMax: 4, random: () => 1 });
  const ask = (key: string) => async () => {
    asked.push(key);
    const error = answer(key);
    if (error) throw error;
  };
  return { asked, errands, want: (...keys: string[]) => keys.forEach((key) => errands.ask(key, ask(key))), ask };
}

const away = () => new Problem(0, 'away');
const keys = Array.from({ length: 20 }, (_, at) => `image ${at}`);

// [B20]
test('pauses grow up to a minute and are not the same for two pages', () => {
  expect([1, 2, 3, 4].map((failures) => pauseMs(failures, 1))).toEqual([1_000, 2_000, 4_000, 8_000]);
  expect(pauseMs(3, 0)).toBe(2_000);
  expect(pauseMs(10_000, 1)).toBe(PAUSE_MAX_MS);
});

// [B20]
test.each([404, 401])('an image that is answered with %i is asked for after growing pauses, and in the end had', async (status) => {
  let there = false;
  const { asked, want } = server(() => (there ? null : new Problem(status, 'no')));
  want('one');
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked.length).toBeLessThanOrEqual(3);
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
  expect(asked.length).toBeLessThanOrEqual(17);
  there = true;
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  const last = asked.length;
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
  expect(asked.length).toBe(last);
});

// [B20]
test('however many images are not there, together they are asked for no more often than a few', async () => {
  const { asked, want } = server(() => new Problem(404, 'no'));
  want(...keys);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked.length).toBeLessThanOrEqual(2 * keys.length);
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(asked.length).toBeLessThanOrEqual(6 * keys.length);
});

// [B20]
test.each([['away', 0], ['busy', 429], ['broken', 500], ['starting', 503], ['full', 507]])('a server that is %s is asked for one thing at a time, however many are wanted', async (_what, status) => {
  const { asked, want } = server(() => new Problem(status, 'no'));
  want(...keys);
  await vi.advanceTimersByTimeAsync(5_000);
  expect(asked.length).toBeLessThanOrEqual(4 + 2);
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
  expect(asked.length).toBeLessThanOrEqual(4 + 16);
});

// [B20]
test('when the connection is back everything is asked for at once, a few at a time', async () => {
  let there = false;
  const { asked, errands, want } = server(() => (there ? null : away()));
  want(...keys);
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
  there = true;
  asked.length = 0;
  errands.wake();
  await vi.advanceTimersByTimeAsync(0);
  expect([...asked].sort()).toEqual([...keys].sort());
});

// [B20]
test('a connection that comes and goes is no reason to ask more often than once a second', async () => {
  const { asked, errands, want } = server(() => away());
  want(...keys);
  for (let times = 0; times < 500; times++) {
    errands.wake();
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(asked.length).toBeLessThanOrEqual(4 + 6);
});

// [B20]
test('one image that breaks the server does not keep the others waiting', async () => {
  const { asked, want } = server((key) => (key === 'image 0' ? new Problem(500, 'broken') : null));
  want(...keys);
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(new Set(asked).size).toBe(keys.length);
  expect(asked.filter((key) => key !== 'image 0')).toHaveLength(keys.length - 1);
});

// [B20]
test('what is refused for good is asked for once, and again only by a person', async () => {
  const { asked, errands, want } = server(() => new Problem(413, 'too large'));
  want('one');
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
  want('one');
  errands.wake();
  await vi.advanceTimersByTimeAsync(10 * MINUTE_MS);
  expect(asked).toHaveLength(1);
  errands.askNow('one');
  await vi.advanceTimersByTimeAsync(0);
  expect(asked).toHaveLength(2);
});

// [B20]
test('news of an image ends its pause, though not more than once a second', async () => {
  const { asked, errands, want } = server(() => new Problem(404, 'not yet'));
  want('one');
  await vi.advanceTimersByTimeAsync(5 * MINUTE_MS);
  asked.length = 0;
  for (let times = 0; times < 300; times++) {
    errands.hasten('one');
    await vi.advanceTimersByTimeAsync(10);
  }
  expect(asked.length).toBeGreaterThanOrEqual(3);
  expect(asked.length).toBeLessThanOrEqual(4);
});

// [B20]
test('at most so many are under way, and nothing is while there is nobody to ask', async () => {
  let open = false;
  let [running, most] = [0, 0];
  const errands = new Errands({ atOnceMax: 2, open: () => open });
  for (const key of keys) {
    errands.ask(key, async () => {
      most = Math.max(most, ++running);
      await new Promise((resolve) => setTimeout(resolve, 100));
      running -= 1;
    });
  }
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(most).toBe(0);
  open = true;
  errands.wake();
  await vi.advanceTimersByTimeAsync(MINUTE_MS);
  expect(most).toBe(2);
});
