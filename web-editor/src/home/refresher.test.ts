import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BUSY_MS, REFRESH_MS, RETRY_MS, Refresher } from './refresher';

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

// [P42]
it.each([
  ['nobody is there', false, true, REFRESH_MS],
  ['somebody is in a document', true, true, BUSY_MS],
  ['the server did not answer', true, false, RETRY_MS],
])('asks again after its time while %s', async (_when, busy, works, wait) => {
  const ask = vi.fn(async () => works);
  const refresher = new Refresher(ask, () => busy);
  await refresher.now();
  await vi.advanceTimersByTimeAsync(wait - 1);
  expect(ask).toHaveBeenCalledTimes(1);
  await vi.advanceTimersByTimeAsync(1);
  expect(ask).toHaveBeenCalledTimes(2);
});
