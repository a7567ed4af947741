/** The panel at the right edge: chat, outline and the like share it, one at a time. */
import { el, icon } from './dom';

export interface PanelContent {
  /** Names the panel in `data-panel` of the body. */
  id: string;
  title: string;
  body: HTMLElement;
  /** Gets the focus when the panel opens; the panel itself by default. */
  focus?: () => HTMLElement | null;
  opened?: () => void;
  closed?: () => void;
}

const CROSS = ['m5.500 5.500 9 9M14.500 5.500l-9 9'];

let open: { content: PanelContent; root: HTMLElement; returnTo: Element | null } | null = null;

/** Shows this panel in place of any other, or closes it if it is the one shown. */
export function togglePanel(content: PanelContent): void {
  const shown = open?.content.id === content.id;
  closePanel();
  if (!shown) showPanel(content);
}

export function isPanelOpen(id: string): boolean {
  return open?.content.id === id;
}

export function showPanel(content: PanelContent): void {
  if (isPanelOpen(content.id)) return;
  const returnTo = open?.returnTo ?? document.activeElement;
  closePanel();
  const close = el('button', { type: 'button', class: 'icon-button', 'aria-label': `Close ${content.title.toLowerCase()}`, onclick: closePanel }, icon(...CROSS));
  const root = el('aside', { class: 'panel', 'aria-label': content.title, tabindex: -1, 'data-panel-id': content.id },
    el('div', { class: 'panel-head' }, el('h2', {}, content.title), close),
    content.body,
  );
  content.body.classList.add('panel-body');
  root.addEventListener('keydown', (event) => {
    if (event.key !== 'Escape' || event.defaultPrevented) return;
    event.preventDefault();
    closePanel();
  });
  document.body.append(root);
  document.body.dataset.panel = content.id;
  open = { content, root, returnTo };
  content.opened?.();
  (content.focus?.() ?? root).focus();
}

/** Closes what is open and gives the focus back to where it was. */
export function closePanel(): void {
  if (!open) return;
  const { content, root, returnTo } = open;
  const hadFocus = root.contains(document.activeElement);
  open = null;
  root.remove();
  delete document.body.dataset.panel;
  content.closed?.();
  if (hadFocus && returnTo instanceof HTMLElement && returnTo.isConnected) returnTo.focus();
}
