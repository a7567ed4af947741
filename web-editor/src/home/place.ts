/** Asks where a new document goes: its folder, where there are several, and its name. */
import { claimsOf, prefixesToWrite } from '../api/claims';
import { pageToken } from '../api/token';
import { el } from '../page/dom';

/** Names have at most 512 bytes, and a letter up to four. */
const NAME_MAX = 120;
const NAME_CHARS = 12;
/** Without the letters and digits that look alike, as in the names that the server makes up; 32 of them, so that none is likelier. */
const NAME_ALPHABET = 'abcdefghijkmnpqrstuvwxyz23456789';

/** A name that nobody guesses. */
export function freshName(): string {
  const random = crypto.getRandomValues(new Uint8Array(NAME_CHARS));
  return Array.from(random, (byte) => NAME_ALPHABET[byte % NAME_ALPHABET.length]).join('');
}

/** What names of new documents may begin with; the empty text is anything. */
export function prefixes(): string[] {
  const claims = claimsOf(pageToken());
  return claims ? prefixesToWrite(claims.documents) : [''];
}

/** A name for a new document, asked for only where there is something to choose; null when the person changed their mind. */
export async function placeFor(what: string, choices: readonly string[] = prefixes()): Promise<string | null> {
  return choices.length > 1 && choices[0] !== '' ? askPlace(what, choices) : `${choices[0] ?? ''}${freshName()}`;
}

/** The name that was chosen; made up below the folder if it was left empty. */
export function askPlace(what: string, choices: readonly string[] = prefixes()): Promise<string | null> {
  const folder = el('select', { id: 'place-folder' }, ...choices.map((prefix) => el('option', { value: prefix }, prefix || 'Anywhere')));
  const input = el('input', { id: 'place-name', type: 'text', dir: 'auto', maxlength: NAME_MAX, autocomplete: 'off', spellcheck: 'false', placeholder: 'Made up if empty' });
  const hint = el('p', { class: 'place-hint', id: 'place-hint' });
  input.setAttribute('aria-describedby', 'place-hint');
  const dialog = el('dialog', { class: 'dialog place', 'aria-labelledby': 'place-heading' });
  const full = () => `${folder.value}${cleanName(input.value)}`;
  const show = () => (hint.textContent = `The name is part of its address: ${full() || '…'}`);
  folder.addEventListener('change', show);
  input.addEventListener('input', show);
  show();
  const fixed = choices.length === 1 && choices[0] !== '' ? el('p', { class: 'place-fixed' }, `In ${choices[0]}`) : null;
  dialog.append(
    el('form', { method: 'dialog', onsubmit: () => dialog.close('create') },
      el('h2', { id: 'place-heading' }, `New ${what}`),
      ...(choices.length > 1 ? [el('label', { for: 'place-folder' }, 'Where'), folder] : []),
      fixed,
      el('label', { for: 'place-name' }, 'Name'),
      input,
      hint,
      el('div', { class: 'dialog-actions' },
        el('button', { type: 'button', class: 'button', onclick: () => dialog.close() }, 'Cancel'),
        el('button', { type: 'submit', class: 'button primary' }, 'Create'),
      ),
    ),
  );
  document.body.append(dialog);
  dialog.showModal();
  (choices.length > 1 ? folder : input).focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      resolve(dialog.returnValue === 'create' ? `${folder.value || (choices[0] ?? '')}${cleanName(input.value) || freshName()}` : null);
      dialog.remove();
    });
  });
}

/** As the server takes it: without control characters, and without a star at its end, which would make it a pattern. */
function cleanName(name: string): string {
  return name.replace(/[\p{Cc}\s]+/gu, ' ').trim().replace(/\*+$/, '');
}
