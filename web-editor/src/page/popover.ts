/** Places a native popover under the button that opens it, inside the window. */

const GAP_PX = 6;
const MARGIN_PX = 8;

export function attachPopover(button: HTMLButtonElement, popover: HTMLElement, opened: () => void = () => undefined): void {
  popover.popover = 'auto';
  button.setAttribute('aria-haspopup', 'dialog');
  button.setAttribute('aria-expanded', 'false');
  button.addEventListener('click', () => popover.togglePopover());
  popover.addEventListener('toggle', (event) => {
    const open = (event as ToggleEvent).newState === 'open';
    button.setAttribute('aria-expanded', String(open));
    if (!open) return;
    place(button, popover);
    opened();
  });
}

function place(button: HTMLElement, popover: HTMLElement): void {
  const anchor = button.getBoundingClientRect();
  const width = popover.offsetWidth;
  const left = Math.min(anchor.right - width, innerWidth - width - MARGIN_PX);
  popover.style.left = `${Math.max(MARGIN_PX, left)}px`;
  popover.style.top = `${anchor.bottom + GAP_PX}px`;
}
