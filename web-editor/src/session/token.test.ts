import { describe, expect, it } from 'vitest';
import { RENEW_AHEAD_MS, expiryOf, renewIn } from './token';

const jwt = (claims: unknown) => `h.${btoa(JSON.stringify(claims)).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.s`;

describe('expiryOf', () => {
  it('reads the end out of a token', () => {
    expect(expiryOf(jwt({ exp: 1_700_000_000, name: 'Żółć ÿÿÿ'.normalize('NFD').replace(/[^\x00-\xff]/g, '') }))).toBe(1_700_000_000_000);
  });

  it('knows nothing of what is no token or has no end', () => {
    for (const token of ['', 'x', 'a.b.c', jwt({}), jwt({ exp: '1' }), jwt({ exp: null }), jwt(3), 'a.!!.c']) expect(expiryOf(token), token).toBeNull();
  });
});

describe('renewIn', () => {
  const HOUR_MS = 3_600_000;

  it('is due before the end, and never in the past', () => {
    for (const left of [1, 1_000, 10_000, HOUR_MS, 20 * HOUR_MS]) {
      for (const random of [0, 0.5, 0.999]) {
        const wait = renewIn(5_000 + left, 5_000, random)!;
        expect(wait).toBeGreaterThanOrEqual(0);
        expect(wait).toBeLessThan(left);
        expect(left - wait).toBeLessThanOrEqual(1.5 * RENEW_AHEAD_MS);
      }
    }
  });

  it('is spread', () => {
    expect(renewIn(HOUR_MS, 0, 0)).not.toBe(renewIn(HOUR_MS, 0, 0.9));
  });

  it('is too late after the end', () => {
    expect(renewIn(5_000, 5_000, 0)).toBeNull();
  });

  it('fits a timer', () => {
    expect(renewIn(Number.MAX_SAFE_INTEGER, 0, 0)).toBeLessThan(2 ** 31);
  });
});
