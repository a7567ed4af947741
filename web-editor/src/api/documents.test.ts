import { afterEach, beforeEach, expect, it, vi } from 'vitest';

const USERS = [{ id: '@ada', name: 'Ada Lovelace', color: '#2563eb' }, { id: 'g1', name: 'Ada Lovelace', color: '#dc2626' }];

beforeEach(() => {
  vi.resetModules();
  sessionStorage.clear();
  localStorage.clear();
  vi.stubGlobal('fetch', () => Promise.resolve(Response.json({ documents: [{ name: 'd', title: '', kind: 'document', present: USERS, present_count: 2 }] })));
});
afterEach(() => vi.unstubAllGlobals());

// [P90]
it.each([['?token=abc', ['Ada Lovelace', 'Ada Lovelace (guest)']], ['', ['Ada Lovelace', 'Ada Lovelace']]])('who is here is marked as a guest where people have tokens: %s', async (query, names) => {
  history.replaceState(null, '', `/d/d${query}`);
  const { documentInfo } = await import('./documents');
  expect((await documentInfo('d'))?.present.map(({ name }) => name)).toEqual(names);
});
