/** Whether the person is at this page: not after a minute without a sign of life, nor while the tab is hidden. */

export const IDLE_MS = 60_000;

/** Signs of life; movements of the page by itself are none. */
const SIGNS = ['pointermove', 'pointerdown', 'keydown', 'wheel', 'touchmove'] as const;

/** Calls `changed` at every change; assumes that whoever opens a page is there. Returns the way to stop. */
export function watchIdle(changed: (idle: boolean) => void): () => void {
  const abort = new AbortController();
  let idle = false;
  let timer: ReturnType<typeof setTimeout> | undefined;
  const become = (now: boolean) => {
    if (now === idle) return;
    idle = now;
    changed(idle);
  };
  const alive = () => {
    clearTimeout(timer);
    if (document.visibilityState === 'hidden') return become(true);
    timer = setTimeout(() => become(true), IDLE_MS);
    become(false);
  };
  const options = { signal: abort.signal, passive: true, capture: true };
  for (const sign of SIGNS) addEventListener(sign, alive, options);
  document.addEventListener('visibilitychange', alive, options);
  alive();
  return () => {
    clearTimeout(timer);
    abort.abort();
  };
}
