/** How long to wait before dialling again, so that a restarted server is not met by everybody at once. */

/** Longest wait between two attempts. */
export const DELAY_MAX_MS = 15_000;
const DELAY_MIN_MS = 50;
const FIRST_WINDOW_MS = 500;
/** The server said it is leaving or busy: everybody connected hears that in the same instant, so spread wider. */
const CROWD_WINDOW_MS = 1_600;

const CROWD_CODES = new Set([1001, 1012, 1013, 4503, 4529]);

/** Full jitter: any moment in a window that doubles with each failed attempt. `attempt` starts at 1. */
export function reconnectDelay(attempt: number, code: number | null, random: number): number {
  const first = code !== null && CROWD_CODES.has(code) ? CROWD_WINDOW_MS : FIRST_WINDOW_MS;
  const window = Math.min(DELAY_MAX_MS, first * 2 ** Math.min(attempt - 1, 20));
  return Math.round(DELAY_MIN_MS + random * (window - DELAY_MIN_MS));
}
