/** Keeps small windows beside what they belong to, inside the part of the page that can be seen. */

const GAP_PX = 6;
const MARGIN_PX = 8;

export type Side = 'above' | 'below';

/** Puts `element` (position: fixed) beside `anchor`: on the wanted side if there is room, else on the roomier one. */
export function place(element: HTMLElement, anchor: DOMRect, wanted: Side): void {
  const view = visibleArea();
  const { offsetWidth: width, offsetHeight: height } = element;
  const room = { above: anchor.top - view.top - GAP_PX, below: view.bottom - anchor.bottom - GAP_PX };
  const other = wanted === 'above' ? 'below' : 'above';
  const side = room[wanted] >= height || room[wanted] >= room[other] ? wanted : other;
  const top = side === 'above' ? anchor.top - GAP_PX - height : anchor.bottom + GAP_PX;
  const left = wanted === 'above' ? anchor.left + anchor.width / 2 - width / 2 : anchor.left;
  element.style.top = `${Math.round(clamp(top, view.top, view.bottom - height))}px`;
  element.style.left = `${Math.round(clamp(left, view.left + MARGIN_PX, view.right - MARGIN_PX - width))}px`;
}

/** Calls `again` at most once per frame while the page scrolls or changes its size, until the signal. */
export function follow(again: () => void, signal: AbortSignal): void {
  let frame = 0;
  const schedule = () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      if (!signal.aborted) again();
    });
  };
  addEventListener('scroll', schedule, { capture: true, passive: true, signal });
  addEventListener('resize', schedule, { signal });
  // The keyboard of a touch screen covers the page without resizing it.
  visualViewport?.addEventListener('resize', schedule, { signal });
}

function visibleArea(): { top: number; bottom: number; left: number; right: number } {
  const seen = visualViewport;
  const header = document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0;
  const top = Math.max(seen?.offsetTop ?? 0, header) + MARGIN_PX / 2;
  const bottom = (seen ? seen.offsetTop + seen.height : innerHeight) - MARGIN_PX / 2;
  return { top, bottom, left: seen?.offsetLeft ?? 0, right: (seen?.offsetLeft ?? 0) + (seen?.width ?? innerWidth) };
}

function clamp(value: number, low: number, high: number): number {
  return Math.max(low, Math.min(value, high));
}
