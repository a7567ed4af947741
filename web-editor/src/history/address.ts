/** The moment in the page's address: `?history&at=` milliseconds, RFC 3339 or the id of a version. Pure but for the last. */
import { isVersionId, type Version } from '../api/history';
import type { Film } from './film';

/** The index an address asks for; null if it asks for none. */
export function indexOf(at: string | null, film: Film, versions: readonly Version[]): number | null {
  if (!at || at.length > 64) return null;
  const version = isVersionId(at) ? versions.find(({ id }) => id === at) : undefined;
  if (version) return film.indexAt(version.at);
  const number = /^(?:auto-)?(\d{1,16})$/.exec(at)?.[1];
  // A browser takes almost anything for a date.
  const time = number ? Number(number) : /^\d{4}-\d\d-\d\dT/.test(at) ? Date.parse(at) : NaN;
  return Number.isNaN(time) ? null : film.indexAt(time);
}

/** The query of this page at a moment; without the player for null, at its end for an empty one. */
export function queryAt(query: string, at: string | null): string {
  const rest = new URLSearchParams(query);
  rest.delete('history');
  rest.delete('at');
  const parts = [at !== null && 'history', at && `at=${at}`, rest.toString()].filter(Boolean);
  return parts.length > 0 ? `?${parts.join('&')}` : '';
}

export function showAddress(at: string | null): void {
  history.replaceState(history.state, '', `${location.pathname}${queryAt(location.search, at)}`);
}
