/** What the worker does with a request. Pure. */

export interface Plan {
  /** Under which path the answer is kept. */
  key: string;
  /** Names with a hash never change; pages do. */
  first: 'kept' | 'network';
}

/** Null for what is none of the worker's business: everything but the pages and what they are made of. */
export function planFor(request: Pick<Request, 'method' | 'url'>, origin: string): Plan | null {
  if (request.method !== 'GET') return null;
  const key = keyOf(request.url, origin);
  return key === null ? null : { key, first: isFile(key) ? 'kept' : 'network' };
}

/**
 * The path an address is kept under, without its query, in which a token may be. All documents are one page, and so are all
 * boards: their names are not kept either.
 */
export function keyOf(url: string, origin: string): string | null {
  const { origin: from, pathname } = new URL(url, origin);
  if (from !== origin) return null;
  if (pathname === '/' || isFile(pathname)) return pathname;
  const page = /^\/[dw]\/(?=.)/.exec(pathname);
  return page && `${page[0]}-`;
}

/** The files that a page is made of, out of its markup. */
export function partsOf(markup: string): string[] {
  return [...markup.matchAll(/(?:src|href)="(\/assets\/[^"?#]+)"/g)].map(([, path]) => path!);
}

function isFile(path: string): boolean {
  return path.startsWith('/assets/') || path.startsWith('/fonts/');
}
