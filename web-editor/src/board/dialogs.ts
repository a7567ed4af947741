/**
 * Excalidraw's dialogs for who has only a keyboard: it gives the focus to the first thing in them, and the help has
 * nothing that could take it. They get a button to close them, keep the focus, close by Escape and give the focus back.
 */
import { el, icon } from '../page/dom';

const DIALOG = '.excalidraw .Modal[role="dialog"]';
const FOCUSABLE = 'a[href], button, input, select, textarea, [tabindex]:not([tabindex="-1"])';
const CROSS = ['m5.500 5.500 9 9M14.500 5.500l-9 9'];

export function keepDialogs(canvas: HTMLElement): void {
  let open: HTMLElement | null = null;
  const look = () => {
    const shown = [...document.querySelectorAll<HTMLElement>(DIALOG)].at(-1) ?? null;
    if (shown === open) return;
    const closed = open;
    open = shown;
    if (shown) enter(shown);
    else if (closed) leave(canvas);
  };
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  document.addEventListener('keydown', (event) => open && keyIn(open, event), { capture: true });
}

function enter(dialog: HTMLElement): void {
  const content = dialog.querySelector<HTMLElement>('.Modal__content')!;
  if (!dialog.querySelector('.Dialog__close')) {
    content.append(el('button', { type: 'button', class: 'icon-button board-dialog-close', 'aria-label': 'Close', title: 'Close, Esc', onclick: () => close(dialog) }, icon(...CROSS)));
  }
  // After Excalidraw has tried.
  setTimeout(() => !dialog.contains(document.activeElement) && content.focus());
}

/** What was in front of it may be gone with it; the board's keys work from the board. */
function leave(canvas: HTMLElement): void {
  if (document.activeElement === null || document.activeElement === document.body) canvas.querySelector<HTMLElement>('.excalidraw')?.focus();
}

/** A click beside it is how Excalidraw closes any of them. */
function close(dialog: HTMLElement): void {
  dialog.querySelector<HTMLElement>('.Modal__background')?.click();
}

function keyIn(dialog: HTMLElement, event: KeyboardEvent): void {
  const isInside = dialog.contains(document.activeElement);
  if (event.key === 'Escape' && !isInside) {
    event.preventDefault();
    event.stopPropagation();
    close(dialog);
  }
  if (event.key !== 'Tab') return;
  const stops = [...dialog.querySelectorAll<HTMLElement>(FOCUSABLE)].filter((stop) => !stop.hasAttribute('disabled') && stop.checkVisibility());
  const [first, last] = [stops[0], stops.at(-1)];
  if (!first || !last) return;
  const edge = event.shiftKey ? first : last;
  if (isInside && document.activeElement !== edge) return;
  event.preventDefault();
  event.stopPropagation();
  (event.shiftKey ? last : first).focus();
}
