import { describe, expect, it } from 'vitest';
import { relativeTime } from './relative';

const NOW = new Date(2026, 10, 18, 12, 0, 0);
const ago = (ms: number) => relativeTime(new Date(NOW.getTime() - ms), NOW, 'en-GB');
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

describe('relativeTime', () => {
  it('is how people say it', () => {
    expect(ago(0)).toBe('just now');
    expect(ago(59_000)).toBe('just now');
    expect(ago(MINUTE)).toBe('1 minute ago');
    expect(ago(5 * HOUR)).toBe('5 hours ago');
    expect(ago(13 * HOUR)).toBe('yesterday');
    expect(ago(3 * 24 * HOUR)).toBe('3 days ago');
    expect(ago(9 * 24 * HOUR)).toBe('9 Nov');
    expect(ago(400 * 24 * HOUR)).toBe('14 Oct 2025');
  });

  it('forgives clocks that differ', () => {
    expect(ago(-3_000)).toBe('just now');
  });

  it('says nothing about what is not a moment', () => {
    expect(relativeTime('', NOW)).toBe('');
    expect(relativeTime('soon', NOW)).toBe('');
  });
});
