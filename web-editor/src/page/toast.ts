/** Short messages at the bottom of the page, read out politely, with at most one action. */
import { el } from './dom';

export interface ToastAction {
  label: string;
  run: () => void;
}

export interface ToastOptions {
  action?: ToastAction;
  tone?: 'plain' | 'error';
  /** Shown this long; 0 until dismissed. */
  ms?: number;
}

const PLAIN_MS = 4_000;
const ACTION_MS = 10_000;

/** Shows a message and returns the way to take it back early. */
export function toast(text: string, { action, tone = 'plain', ms }: ToastOptions = {}): () => void {
  const item = el('div', { class: 'toast', 'data-tone': tone }, el('span', { class: 'toast-text' }, text));
  let timer: ReturnType<typeof setTimeout> | undefined;
  const remove = () => {
    clearTimeout(timer);
    item.remove();
  };
  const arm = () => {
    const stay = ms ?? (action ? ACTION_MS : PLAIN_MS);
    if (stay > 0) timer = setTimeout(remove, stay);
  };
  if (action) {
    const run = () => {
      remove();
      action.run();
    };
    item.append(el('button', { type: 'button', class: 'toast-action', onclick: run }, action.label));
  }
  if (action || ms === 0) item.append(el('button', { type: 'button', class: 'toast-close', 'aria-label': 'Dismiss', onclick: remove }, '×'));
  // Whoever is reaching for the action must not lose it.
  for (const name of ['pointerenter', 'focusin']) item.addEventListener(name, () => clearTimeout(timer));
  for (const name of ['pointerleave', 'focusout']) item.addEventListener(name, arm);
  region().append(item);
  arm();
  return remove;
}

function region(): HTMLElement {
  const found = document.getElementById('toasts');
  if (found) return found;
  const created = el('div', { id: 'toasts', class: 'toasts', role: 'status', 'aria-label': 'Messages' });
  document.body.append(created);
  return created;
}
