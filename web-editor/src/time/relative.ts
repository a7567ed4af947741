/** Moments as people say them: "just now", "5 minutes ago", "yesterday", "3 Mar 2025". */

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

/** Empty for something that is not a moment. `locale` is the browser's unless given. */
export function relativeTime(moment: string | Date, now: Date, locale?: string): string {
  const then = new Date(moment);
  if (Number.isNaN(then.getTime())) return '';
  const age = now.getTime() - then.getTime();
  const words = new Intl.RelativeTimeFormat(locale, { numeric: 'auto' });
  // Clocks differ by a little; a document changed "in 3 seconds" would only puzzle.
  if (age < MINUTE) return age > -DAY ? 'just now' : absolute(then, now, locale);
  if (age < HOUR) return words.format(-Math.floor(age / MINUTE), 'minute');
  const days = daysBetween(then, now);
  if (days === 0) return words.format(-Math.floor(age / HOUR), 'hour');
  if (days < 7) return words.format(-days, 'day');
  return absolute(then, now, locale);
}

function daysBetween(then: Date, now: Date): number {
  const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
  return Math.round((midnight(now) - midnight(then)) / DAY);
}

function absolute(then: Date, now: Date, locale?: string): string {
  const year = then.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return then.toLocaleDateString(locale, { day: 'numeric', month: 'short', year });
}
