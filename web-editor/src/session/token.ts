/** When a token ends, and when to ask for the next one. Pure. */

/** A token is renewed this long before its end, or when a quarter of its time is left, whichever is later. */
export const RENEW_AHEAD_MS = 60_000;
/** Asked again after this time when there was no fresh token to be had. */
export const RENEW_RETRY_MS = 15_000;
/** Browsers fire timers that wait longer at once. */
const TIMER_MAX_MS = 2 ** 31 - 1;

/** The end of a JWT in Unix milliseconds; null when it does not say. Nothing is verified here: only the server can. */
export function expiryOf(token: string): number | null {
  try {
    const claims: unknown = JSON.parse(atob(token.split('.')[1]!.replaceAll('-', '+').replaceAll('_', '/')));
    const { exp } = claims as { exp?: unknown };
    return typeof exp === 'number' && Number.isFinite(exp) ? exp * 1000 : null;
  } catch {
    return null;
  }
}

/** How long to wait until a token that ends at `expiry` is renewed; null when it is too late for that. */
export function renewIn(expiry: number, now: number, random: number): number | null {
  const left = expiry - now;
  if (left <= 0) return null;
  const ahead = Math.min(RENEW_AHEAD_MS, left / 4);
  // Spread, so that tokens minted in one second are not all renewed in one second.
  return Math.min(TIMER_MAX_MS, Math.max(0, left - ahead * (1 + random / 2)));
}
