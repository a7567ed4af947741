/**
 * Keeps the pages themselves in this browser, so that a reload without a network opens them; documents are in IndexedDB already.
 * Pages come from the server whenever it answers. Nothing of the API, no document and no token is ever kept here.
 */
import { keyOf, partsOf, planFor, type Plan } from './plan';

declare const self: ServiceWorkerGlobalScope;

const KEPT = 'weft-pages-1';
/** A server that takes longer to answer for a page is as good as away, if the page is known. */
const ANSWER_MS = 4_000;
/** Files kept; those that came first go first. A build has about a hundred, without the fonts of Chinese. */
const FILES_MAX = 400;

self.addEventListener('install', () => void self.skipWaiting());

self.addEventListener('activate', (event) => {
  event.waitUntil(Promise.all([self.clients.claim(), forgetOthers()]));
});

self.addEventListener('fetch', (event) => {
  const plan = planFor(event.request, self.location.origin);
  if (plan) event.respondWith(answer(event.request, plan));
});

/** A page that was there before this worker says what it was made of. */
self.addEventListener('message', (event) => {
  const urls: unknown = (event.data as { keep?: unknown } | null)?.keep;
  if (Array.isArray(urls)) event.waitUntil(keepAll(urls.filter((url) => typeof url === 'string').slice(0, FILES_MAX)));
});

async function answer(request: Request, plan: Plan): Promise<Response> {
  const cache = await caches.open(KEPT);
  const known = await cache.match(plan.key);
  if (plan.first === 'kept' && known) return known;
  const fresh = fetch(request).then(async (response) => {
    if (response.ok) await cache.put(plan.key, response.clone());
    return response;
  });
  if (!known) return fresh;
  const late = new Promise<Response>((resolve) => setTimeout(resolve, ANSWER_MS, known));
  return Promise.race([fresh, late]).catch(() => known);
}

async function keepAll(urls: string[]): Promise<void> {
  const cache = await caches.open(KEPT);
  await keepMissing(cache, urls);
  // Home may never have been open here: what it is made of is not among what the page has loaded.
  const home = await cache.match('/');
  if (home) await keepMissing(cache, partsOf(await home.text()));
  const keys = await cache.keys();
  await Promise.all(keys.slice(0, Math.max(0, keys.length - FILES_MAX)).map((key) => cache.delete(key)));
}

async function keepMissing(cache: Cache, urls: string[]): Promise<void> {
  const missing = [];
  for (const url of urls) {
    const key = keyOf(url, self.location.origin);
    if (key && !(await cache.match(key))) missing.push(key);
  }
  // One that cannot be had must not cost the others.
  await Promise.all(missing.map((key) => cache.add(key).catch(() => undefined)));
}

async function forgetOthers(): Promise<void> {
  const names = await caches.keys();
  await Promise.all(names.filter((name) => name !== KEPT).map((name) => caches.delete(name)));
}
