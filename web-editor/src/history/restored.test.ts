import { afterEach, expect, it } from 'vitest';
import { announceRestore, type Restoring } from './restored';

const RESTORED = { by: '', version: 'Draft', client: 7 };
const told = () => document.querySelector('.toast')?.textContent ?? '';

function session(states: [number, unknown][], vouched: number[] = []): Restoring {
  const people = { of: (client: number) => (vouched.includes(client) ? { user: 'ada', name: 'Ada' } : null) };
  return { name: 'notes', awareness: { getStates: () => new Map(states) }, people } as unknown as Restoring;
}

afterEach(() => document.body.replaceChildren());

// [T40] [P97]
it('a restore is told under the name that its guest has', () => {
  const guest = { user: { id: 'g', name: 'Merry \u202eLynx' } };
  announceRestore(session([[7, guest]]), RESTORED, false);
  expect(told()).toBe('Merry Lynx restored “Draft”.');
});

// [P90] [T40]
it('nobody restores in the name of somebody who is signed in', () => {
  announceRestore(session([[7, { user: { id: '@ada', name: 'Ada' } }]], [7]), RESTORED, false);
  expect(told()).toBe('Somebody restored “Draft”.');
});

// [T40]
it('what the server knows goes before', () => {
  announceRestore(session([[7, { user: { name: 'Merry Lynx' } }]]), { ...RESTORED, by: 'Grace' }, false);
  announceRestore(session([]), { by: '', version: 'Draft' }, false);
  expect([...document.querySelectorAll('.toast-text')].map((toast) => toast.textContent)).toEqual(['Grace restored “Draft”.', 'Somebody restored “Draft”.']);
});
