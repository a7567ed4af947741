/** What banners are made of. */
import { el } from '../page/dom';
import { toast } from '../page/toast';

export async function copy(text: string): Promise<void> {
  await navigator.clipboard.writeText(text).then(
    () => toast('The text was copied.'),
    () => toast('The browser did not allow copying. Select the text and copy it yourself.', { tone: 'error' }),
  );
}

export function button(label: string, onclick: () => void): HTMLButtonElement {
  return el('button', { type: 'button', class: 'button small', onclick }, label);
}
