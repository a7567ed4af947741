/** Names for what Excalidraw leaves without one. */

export function labelCanvas(root: HTMLElement): void {
  const label = () => {
    root.querySelector('.main-menu-trigger')?.setAttribute('aria-label', 'Board menu');
    const zoom = root.querySelector('.reset-zoom-button');
    // Its name has to contain what is written on it.
    if (zoom) zoom.setAttribute('aria-label', `Reset zoom, now ${zoom.textContent}`);
  };
  let frame = 0;
  new MutationObserver(() => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      label();
    });
  }).observe(root, { childList: true, subtree: true, characterData: true });
  label();
}
