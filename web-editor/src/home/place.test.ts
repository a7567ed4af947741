import { afterEach, expect, it } from 'vitest';
import { askPlace, placeFor } from './place';

const MADE_UP = /^team\/[a-km-np-z2-9]{12}$/;
const dialog = () => document.querySelector<HTMLDialogElement>('dialog.place')!;

function answer(fields: Record<string, string>, value: string): void {
  for (const [id, text] of Object.entries(fields)) dialog().querySelector<HTMLInputElement>(`#${id}`)!.value = text;
  dialog().close(value);
}

afterEach(() => document.body.replaceChildren());

// [P93]
it('asks for nothing where there is nothing to choose', async () => {
  expect(await placeFor('document', ['team/'])).toMatch(MADE_UP);
  expect(await placeFor('document', ['', 'team/'])).toMatch(/^[a-km-np-z2-9]{12}$/);
  expect(dialog()).toBeNull();
});

// [P93]
it('asks for the folder where there are several', async () => {
  const asked = placeFor('document', ['mine/', 'team/']);
  answer({ 'place-folder': 'team/' }, 'create');
  expect(await asked).toMatch(MADE_UP);
});

// [P93]
it.each([
  ['plan', 'team/plan'],
  ['  two\u0007 words ', 'team/two words'],
  ['a/b', 'team/a/b'],
  ['pattern**', 'team/pattern'],
])('takes %s for a name', async (typed, name) => {
  const asked = askPlace('document', ['team/']);
  answer({ 'place-name': typed }, 'create');
  expect(await asked).toBe(name);
});

// [P93]
it('makes nothing of a dialog that was left', async () => {
  const asked = askPlace('document', ['']);
  dialog().close();
  expect(await asked).toBeNull();
});
