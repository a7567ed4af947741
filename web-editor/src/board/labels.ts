/** Names for what Excalidraw leaves without one. */

export function labelCanvas(root: HTMLElement): void {
  const label = () => {
    root.querySelector('.main-menu-trigger')?.setAttribute('aria-label', 'Board menu');
    const zoom = root.querySelector('.reset-zoom-button');
    // Its name has to contain what is written on it.
    if (zoom) zoom.setAttribute('aria-label', `Reset zoom, now ${zoom.textContent}`);
    // Their text has the shortcut too, which is no reason to hide it.
    for (const item of root.querySelectorAll('.dropdown-menu-item[aria-label]')) item.removeAttribute('aria-label');
    for (const picker of root.querySelectorAll('.color-picker-container[role="dialog"]')) {
      const heading = picker.closest('div:has(> h3), fieldset')?.querySelector('h3, legend');
      picker.setAttribute('aria-label', heading?.textContent ?? 'Colour');
    }
    // Its dialogs are outside of the canvas, and name a title that is not there.
    for (const dialog of document.querySelectorAll('.excalidraw .Modal[role="dialog"]')) {
      const title = dialog.querySelector('h1, h2, h3')?.textContent;
      dialog.removeAttribute('aria-labelledby');
      dialog.setAttribute('aria-label', title || 'Dialog');
    }
  };
  let frame = 0;
  new MutationObserver(() => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      label();
    });
  }).observe(document.body, { childList: true, subtree: true, characterData: true });
  label();
}
