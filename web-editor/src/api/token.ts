/** The access token of this page: from the link that opened it (`?token=`), kept for the tab. */

const STORED = 'weft-token';

export function pageToken(): string | null {
  const given = new URLSearchParams(location.search).get('token');
  try {
    if (given) sessionStorage.setItem(STORED, given);
    return given ?? sessionStorage.getItem(STORED);
  } catch {
    return given;
  }
}
