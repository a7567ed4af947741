/** Asks for a new title in a modal dialog. */
import { el } from '../page/dom';

const TITLE_MAX = 200;

/** The new title, or null when the person changed their mind. */
export function askTitle(current: string, what: string): Promise<string | null> {
  const input = el('input', { id: 'new-title', type: 'text', dir: 'auto', maxlength: TITLE_MAX, autocomplete: 'off', value: current, placeholder: 'Untitled' });
  const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'rename-heading' });
  const cancel = el('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, 'Cancel');
  dialog.append(
    el('form', { method: 'dialog', onsubmit: () => dialog.close('rename') },
      el('h2', { id: 'rename-heading' }, `Rename ${what}`),
      el('label', { for: 'new-title' }, 'Title'),
      input,
      el('div', { class: 'dialog-actions' }, cancel, el('button', { type: 'submit', class: 'button primary' }, 'Rename')),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  input.select();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      resolve(dialog.returnValue === 'rename' ? input.value.trim() : null);
      dialog.remove();
    });
  });
}
