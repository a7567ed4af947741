/** One request to this server's API, with the page's access and errors as sentences. */
import { problemOf, unreachable } from './problem';
import { freshToken, pageToken } from './token';

const NO_ACCESS = 401;
const NOT_MODIFIED = 304;

export interface Wanted {
  method?: string;
  /** Sent as JSON. */
  json?: object;
  /** Sent as it is. */
  bytes?: Blob | Uint8Array<ArrayBuffer>;
  headers?: Record<string, string>;
  signal?: AbortSignal | undefined;
  /** Lets the request outlive the page. */
  keepalive?: boolean;
}

/**
 * Answers with a response that is good (2xx, or 304 where that was asked for); throws a `Problem` otherwise. A token that
 * has ended is renewed once where the server says how. Aborting throws the signal's reason.
 */
export async function request(url: string, wanted: Wanted = {}): Promise<Response> {
  const token = pageToken();
  const response = await attempt(url, wanted, token);
  if (response.status !== NO_ACCESS) return good(response);
  const fresh = await freshToken();
  return good(fresh && fresh !== token ? await attempt(url, wanted, fresh) : response);
}

async function attempt(url: string, wanted: Wanted, token: string | null): Promise<Response> {
  const { method = 'GET', json, bytes, signal, keepalive = false } = wanted;
  const headers = new Headers(wanted.headers);
  headers.set('accept', 'application/json');
  if (json) headers.set('content-type', 'application/json');
  if (bytes) headers.set('content-type', 'application/octet-stream');
  if (token) headers.set('authorization', `Bearer ${token}`);
  const body = json ? JSON.stringify(json) : (bytes ?? null);
  return fetch(url, { method, headers, body, keepalive, signal: signal ?? null }).catch((error: unknown) => {
    if (signal?.aborted) throw error;
    throw unreachable();
  });
}

async function good(response: Response): Promise<Response> {
  if (response.ok || response.status === NOT_MODIFIED) return response;
  throw await problemOf(response);
}
