import { beforeEach, expect, it, vi } from 'vitest';
import { forgetKept, keptDocuments, noteKept } from './kept';

const note = (name: string, at: number) => noteKept({ name, kind: 'document', title: `About ${name}`, at });
const names = async () => (await keptDocuments()).map(({ name }) => name);

beforeEach(() => {
  localStorage.clear();
  vi.stubGlobal('indexedDB', {});
});

// [P95]
it('lists what was open here, the last one first, each once', async () => {
  note('a', 1);
  note('b', 2);
  note('a', 3);
  expect(await names()).toEqual(['a', 'b']);
  forgetKept('a');
  expect(await names()).toEqual(['b']);
});

// [P95]
it('lists only what there is a copy of, where the browser can tell', async () => {
  note('a', 1);
  note('b', 2);
  vi.stubGlobal('indexedDB', { databases: async () => [{ name: 'weft:a' }, { name: 'other' }] });
  expect(await names()).toEqual(['a']);
});

// [P95]
it('is bounded, and takes nothing for a document that is none', async () => {
  for (let at = 0; at < 300; at += 1) note(`n${at}`, at);
  expect((await keptDocuments()).length).toBe(200);
  for (const wrong of ['7', '{}', '[null,7,{"name":""},{"name":"a","kind":"script","title":"","at":1},{"name":"a","kind":"document","title":"","at":1e300}]', '[']) {
    localStorage.setItem('weft-kept', wrong);
    expect(await names()).toEqual([]);
  }
});
