/** Asks the worker to keep this page, so that it opens without a network. Only where browsers allow workers: https and this machine. */

export function keepPages(): void {
  // The worker is a file of its own in a build; while developing there is none.
  if (!import.meta.env.PROD || !('serviceWorker' in navigator)) return;
  addEventListener('load', () => void keep().catch(() => undefined));
}

async function keep(): Promise<void> {
  await navigator.serviceWorker.register('/sw.js');
  const { active } = await navigator.serviceWorker.ready;
  // What was loaded before the worker was there did not pass through it.
  const loaded = performance.getEntriesByType('resource').map(({ name }) => name);
  // Whoever is left without a network looks for their documents at home.
  active?.postMessage({ keep: [location.href, '/', ...loaded] });
}
