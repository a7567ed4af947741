import { afterEach, expect, it, vi } from 'vitest';
import { listLinks } from './links';

const LINK = { id: 'link-1-a', access: 'read', made_by: { user: 'ada', name: 'Ada\u202e Lovelace' }, expires: '2026-12-01T00:00:00.000Z', token: 'a.b.c' };
const answered = (body: unknown) => vi.stubGlobal('fetch', async () => new Response(JSON.stringify(body)));

afterEach(() => vi.unstubAllGlobals());

// [P94]
it('links are read one by one, and what is none is left out', async () => {
  answered({ links: [LINK, null, 7, {}, { ...LINK, access: 'admin' }, { ...LINK, id: 5 }, { ...LINK, made_by: null, token: undefined }] });
  const [first, second, ...more] = await listLinks('notes');
  expect(first).toEqual({ id: 'link-1-a', access: 'read', madeBy: 'Ada Lovelace', expires: LINK.expires, token: 'a.b.c' });
  expect(second).toMatchObject({ madeBy: '', token: '' });
  expect(more).toEqual([]);
});

// [P94]
it.each([null, [], { links: 'x' }])('there are none in %s', async (body) => {
  answered(body);
  expect(await listLinks('notes')).toEqual([]);
});
