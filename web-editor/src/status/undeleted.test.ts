import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { Session } from '../session/session';
import { FIRST_PAUSE_MS, PAUSE_MS_MAX, QUESTIONS_MAX, Undeleted } from './undeleted';

let changed: () => void;
let session: { name: string; state: { code: number | null }; retry: ReturnType<typeof vi.fn>; subscribe: (listener: () => void) => void };
let there: boolean;
let asked: number;
let hidden: boolean;

beforeEach(() => {
  vi.useFakeTimers();
  [there, asked, hidden] = [false, 0, false];
  vi.spyOn(document, 'hidden', 'get').mockImplementation(() => hidden);
  session = { name: 'notes', state: { code: null }, retry: vi.fn(), subscribe: (listener) => (changed = listener) };
  new Undeleted(session as unknown as Session, async (name) => {
    expect(name).toBe('notes');
    asked += 1;
    return there;
  });
});

afterEach(() => {
  become(null);
  vi.restoreAllMocks();
  vi.useRealTimers();
});

function become(code: number | null): void {
  session.state = { code };
  changed();
}

// [P85]
describe('a document that was deleted', () => {
  it('is opened again when it is back', async () => {
    become(4404);
    await vi.advanceTimersByTimeAsync(10 * FIRST_PAUSE_MS);
    expect(asked).toBeGreaterThan(2);
    expect(session.retry).not.toHaveBeenCalled();
    there = true;
    await vi.advanceTimersByTimeAsync(10 * FIRST_PAUSE_MS);
    expect(session.retry).toHaveBeenCalledTimes(1);
    become(null);
    const until = asked;
    await vi.advanceTimersByTimeAsync(2 * PAUSE_MS_MAX);
    expect(asked).toBe(until);
  });

  it('is asked for with growing pauses, and not for ever', async () => {
    become(4404);
    await vi.advanceTimersByTimeAsync(10 * 60_000);
    expect(asked).toBeLessThan(30);
    await vi.advanceTimersByTimeAsync(QUESTIONS_MAX * 2 * PAUSE_MS_MAX);
    expect(asked).toBe(QUESTIONS_MAX);
  });

  it('is asked for while somebody looks, and at once on their return', async () => {
    become(4404);
    hidden = true;
    await vi.advanceTimersByTimeAsync(10 * PAUSE_MS_MAX);
    expect(asked).toBe(0);
    hidden = false;
    document.dispatchEvent(new Event('visibilitychange'));
    await vi.advanceTimersByTimeAsync(0);
    expect(asked).toBe(1);
  });

  it('is the only kind that is asked for', async () => {
    for (const code of [4401, 4403, 4413]) {
      become(code);
      await vi.advanceTimersByTimeAsync(5 * PAUSE_MS_MAX);
    }
    expect(asked).toBe(0);
  });
});
