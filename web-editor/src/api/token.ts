/**
 * The access token of this page: from the link that opened it (`?token=`), kept for the tab, renewed where the server says.
 * It does not stay in the address, which gets passed on.
 */
import { claimsOf, roleFor } from './claims';
import { signIn } from './settings';

/** Tokens of this tab, newest first: `[path that brought it, token]`. */
const STORED = 'weft-token';
const TOKEN_TIMEOUT_MS = 10_000;
const TOKEN_CHARS_MAX = 16_384;
/** Links to different documents may be opened one after the other in one tab, and gone back to. */
const KEPT_MAX = 16;

type Kept = [path: string, token: string][];

/** What a browser that stores nothing knows for as long as the page lives; a token that was renewed, too. */
let own: string | null = null;
let looked = false;

export function pageToken(): string | null {
  // A token that was renewed since goes before the one in the address.
  if (!looked) own = takeFromAddress();
  looked = true;
  return (own ??= fromStorage());
}

/** The token in the address, which leaves it: whoever copies the address would give their own access away. */
function takeFromAddress(): string | null {
  const query = new URLSearchParams(location.search);
  const given = query.get('token');
  if (!given) return null;
  // Where nothing is stored only the address outlives a reload.
  if (!store(given)) return given;
  query.delete('token');
  const rest = query.toString().replace(/=(?=&|$)/g, '');
  history.replaceState(history.state, '', `${location.pathname}${rest && `?${rest}`}${location.hash}`);
  return given;
}

/** What this page was opened with, else what opens it, else the latest. */
function fromStorage(): string | null {
  const kept = stored();
  const name = decoded(location.pathname.slice('/d/'.length));
  const mine = kept.find(([path]) => path === location.pathname);
  const fits = kept.find(([, token]) => name !== '' && roleFor(name, claimsOf(token)?.documents ?? new Map()) !== null);
  return (mine ?? fits ?? kept[0])?.[1] ?? null;
}

function store(token: string): boolean {
  const { pathname } = location;
  const kept: Kept = [[pathname, token], ...stored().filter(([path]) => path !== pathname)];
  try {
    sessionStorage.setItem(STORED, JSON.stringify(kept.slice(0, KEPT_MAX)));
    return true;
  } catch {
    return false;
  }
}

function stored(): Kept {
  try {
    const value: unknown = JSON.parse(sessionStorage.getItem(STORED) ?? '[]');
    const pairs = Array.isArray(value) ? value.slice(0, KEPT_MAX) : [];
    return pairs.filter((pair): pair is Kept[number] => Array.isArray(pair) && pair.length === 2 && pair.every((part) => typeof part === 'string'));
  } catch {
    return [];
  }
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
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
  own = token;
  store(token);
}
