/** The access token of this page: from the link that opened it (`?token=`), kept for the tab, renewed where the server says. */
import { signIn } from './settings';

const STORED = 'weft-token';
const TOKEN_TIMEOUT_MS = 10_000;
const TOKEN_CHARS_MAX = 16_384;

/** A token that was renewed goes before the one in the address. */
let renewed: string | null = null;

export function pageToken(): string | null {
  if (renewed) return renewed;
  const given = new URLSearchParams(location.search).get('token');
  try {
    if (given) sessionStorage.setItem(STORED, given);
    return given ?? sessionStorage.getItem(STORED);
  } catch {
    return given;
  }
}

let asking: Promise<string | null> | null = null;

/** Asks for a fresh token where this server's tokens come from; the one at hand if there is no such place or no answer. */
export function freshToken(document = ''): Promise<string | null> {
  // Several requests may find the same token ended.
  asking ??= ask(document).finally(() => (asking = null));
  return asking;
}

async function ask(document: string): Promise<string | null> {
  const { tokenUrl } = await signIn();
  if (!tokenUrl) return pageToken();
  const url = new URL(tokenUrl, location.origin);
  if (document) url.searchParams.set('document', document);
  try {
    // With cookies: they are the app's own, and this is the one place where a person is known by them.
    const response = await fetch(url, { credentials: 'include', cache: 'no-store', signal: AbortSignal.timeout(TOKEN_TIMEOUT_MS) });
    const body: unknown = response.ok ? await response.json() : null;
    const token = (body as { token?: unknown } | null)?.token;
    if (typeof token === 'string' && token.length > 0 && token.length <= TOKEN_CHARS_MAX) keep(token);
  } catch {
    // No answer: the old token may have some time left, and the connection asks again.
  }
  return pageToken();
}

function keep(token: string): void {
  renewed = token;
  try {
    sessionStorage.setItem(STORED, token);
  } catch {
    // Without storage the token lasts as long as the page.
  }
}
