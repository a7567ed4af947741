/** The questions of the player. */
import { LABEL_CHARS_MAX } from '../api/history';
import { el } from '../page/dom';

/** A label for what was there at `when`: empty to take `current` away, null when the person changed their mind. */
export function askLabel(heading: string, when: string, current = ''): Promise<string | null> {
  const input = el('input', { id: 'version-label', type: 'text', dir: 'auto', maxlength: LABEL_CHARS_MAX, autocomplete: 'off', required: true, value: current, placeholder: 'First draft' });
  const parts = [el('p', {}, when), el('label', { for: 'version-label' }, 'Name'), input];
  return ask({ heading, parts, confirm: 'Save', remove: current ? 'Remove name' : undefined }).then((answer) => {
    if (answer === 'remove') return '';
    return answer === 'yes' ? input.value.trim() || null : null;
  });
}

export function confirmRestore(what: string, kind: string): Promise<boolean> {
  const text = `The ${kind} becomes what it was then, for everybody. This is a new version on top: nothing written since is lost, and it can be undone.`;
  return ask({ heading: `Restore ${what}?`, parts: [el('p', {}, text)], confirm: 'Restore' }).then((answer) => answer === 'yes');
}

interface Question {
  heading: string;
  parts: HTMLElement[];
  confirm: string;
  /** A way out that takes something away. */
  remove?: string;
}

function ask({ heading, parts, confirm, remove }: Question): Promise<string> {
  const before = document.activeElement;
  const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'history-question' });
  dialog.append(
    el('form', { method: 'dialog', onsubmit: () => dialog.close('yes') },
      el('h2', { id: 'history-question' }, heading),
      ...parts,
      el('div', { class: 'dialog-actions' },
        remove ? el('button', { type: 'button', class: 'button dialog-remove', onclick: () => dialog.close('remove') }, remove) : null,
        el('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, 'Cancel'),
        el('button', { type: 'submit', class: 'button primary' }, confirm)),
    ),
  );
  // A board would keep Escape to itself.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  document.body.append(dialog);
  dialog.showModal();
  const input = dialog.querySelector('input');
  if (input) input.select();
  else dialog.querySelector<HTMLElement>('.primary')!.focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      resolve(dialog.returnValue);
    });
  });
}
