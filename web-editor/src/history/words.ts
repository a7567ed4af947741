/** Moments and people of the past in words. Pure. */

const DAY_MS = 86_400_000;
const SHORT_CHARS_MAX = 80;

const midnight = (date: Date) => new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();

function daysAgo(time: number, now: Date): number {
  return Math.round((midnight(now) - midnight(new Date(time))) / DAY_MS);
}

/** `precise` with seconds. */
export function clock(time: number, locale?: string, precise = false): string {
  return new Date(time).toLocaleTimeString(locale, { hour: '2-digit', minute: '2-digit', ...(precise && { second: '2-digit' }) });
}

/** "Tue 14:02", of long ago "3 Mar 2025, 14:02"; `precise` where minutes do not tell moments apart. */
export function momentWords(time: number, now: Date, locale?: string, precise = false): string {
  const days = daysAgo(time, now);
  if (days >= 0 && days < 7) return `${new Date(time).toLocaleDateString(locale, { weekday: 'short' })} ${clock(time, locale, precise)}`;
  return `${dateWords(time, now, locale)}, ${clock(time, locale, precise)}`;
}

/** Heading of a day in the list. */
export function dayWords(time: number, now: Date, locale?: string): string {
  const days = daysAgo(time, now);
  if (days === 0) return 'Today';
  if (days === 1) return 'Yesterday';
  return days > 1 && days < 7 ? new Date(time).toLocaleDateString(locale, { weekday: 'long' }) : dateWords(time, now, locale);
}

function dateWords(time: number, now: Date, locale?: string): string {
  const date = new Date(time);
  const year = date.getFullYear() === now.getFullYear() ? undefined : 'numeric';
  return date.toLocaleDateString(locale, { day: 'numeric', month: 'short', year });
}

export const dayKey = (time: number): number => midnight(new Date(time));

/** "Ada", "Ada and Grace", "Ada, Grace and 3 others". */
export function peopleWords(names: readonly string[]): string {
  if (names.length <= 2) return names.join(' and ');
  const others = names.length - 2;
  return `${names[0]}, ${names[1]} and ${others} ${others === 1 ? 'other' : 'others'}`;
}

/** A label where there is room for a sentence. */
export function shortened(label: string): string {
  const letters = [...label];
  return letters.length <= SHORT_CHARS_MAX ? label : `${letters.slice(0, SHORT_CHARS_MAX - 1).join('').trimEnd()}…`;
}

/** The label of what a restore made. Of what had no name it carries the time, which is of no zone. */
export function readable(label: string, now: Date, locale?: string): string {
  return label.replace(/\d{4}-\d\d-\d\dT[\d:.]+Z$/, (time) => (Number.isNaN(Date.parse(time)) ? time : momentWords(Date.parse(time), now, locale)));
}

/** What a restore calls a version: its label, or its moment. */
export function restoredWords(version: string, now: Date, locale?: string): string {
  const time = /^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(version) ? Date.parse(version) : NaN;
  return Number.isNaN(time) ? `“${shortened(version)}”` : `the version from ${momentWords(time, now, locale)}`;
}
