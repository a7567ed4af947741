import { expect, it } from 'vitest';
import { matchesKeys } from './keys';

const press = (key: string, held: KeyboardEventInit = {}) => new KeyboardEvent('keydown', { key, ...held });

it('matches exactly the keys that are named', () => {
  expect(matchesKeys(press('k', { ctrlKey: true }), 'Mod+K')).toBe(true);
  expect(matchesKeys(press('K', { ctrlKey: true, shiftKey: true }), 'Mod+Shift+K')).toBe(true);
  expect(matchesKeys(press('?'), '?')).toBe(true);
  for (const held of [{}, { metaKey: true }, { ctrlKey: true, altKey: true }, { ctrlKey: true, shiftKey: true }, { ctrlKey: true, metaKey: true }]) {
    expect(matchesKeys(press('k', held), 'Mod+K'), JSON.stringify(held)).toBe(false);
  }
});
