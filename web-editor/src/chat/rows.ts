/** Arranges messages for reading: a line for each day, one name for what a person says in a row. Pure. */
import type { Message } from './messages';

export type Row =
  | { is: 'day'; key: string; at: number }
  | { is: 'new'; key: string }
  /** `first`: carries the name and the time, for itself and those that follow. */
  | { is: 'message'; message: Message; first: boolean };

/** After this long somebody who speaks again is named again. */
const GROUP_MS = 5 * 60_000;
/** Clocks differ; nothing is shown as said later than this after now. */
const AHEAD_MAX_MS = 60_000;

/** `firstNew` is the id of the message before which a line says that the rest is new. */
export function rowsOf(messages: Message[], now: number, firstNew: string | null): Row[] {
  const rows: Row[] = [];
  let before = { from: '', at: -Infinity, day: '' };
  for (const message of messages) {
    const at = Math.min(message.at, now + AHEAD_MAX_MS);
    const day = new Date(at).toDateString();
    const isNew = message.id === firstNew;
    if (day !== before.day) rows.push({ is: 'day', key: `${day} ${message.id}`, at });
    if (isNew) rows.push({ is: 'new', key: message.id });
    const goesOn = before.day === day && before.from === message.from.id && Math.abs(at - before.at) < GROUP_MS;
    rows.push({ is: 'message', message, first: !goesOn || isNew });
    before = { from: message.from.id, at, day };
  }
  return rows;
}

/** "Today", "Yesterday", "Monday, 3 March". */
export function dayName(at: number, now: number, locale?: string): string {
  const midnight = (ms: number) => new Date(ms).setHours(0, 0, 0, 0);
  const days = Math.round((midnight(now) - midnight(at)) / 86_400_000);
  if (days <= 0) return 'Today';
  if (days === 1) return 'Yesterday';
  const year = new Date(at).getFullYear() === new Date(now).getFullYear() ? undefined : 'numeric';
  return new Date(at).toLocaleDateString(locale, { weekday: 'long', day: 'numeric', month: 'long', year });
}
