import { expect, it } from 'vitest';
import { keyOf, partsOf, planFor } from './plan';

const ORIGIN = 'https://weft.example';
const plan = (path: string, method = 'GET') => planFor({ url: new URL(path, ORIGIN).href, method }, ORIGIN);

it('keeps pages without names and tokens, and asks the server for them first', () => {
  expect(plan('/')).toEqual({ key: '/', first: 'network' });
  expect(plan('/?token=secret')).toEqual({ key: '/', first: 'network' });
  expect(plan('/d/team%2Fnotes?token=secret')).toEqual({ key: '/d/-', first: 'network' });
  expect(plan('/w/board#x')).toEqual({ key: '/w/-', first: 'network' });
});

it('keeps files under their names and does not ask again', () => {
  expect(plan('/assets/shell-abc.js')).toEqual({ key: '/assets/shell-abc.js', first: 'kept' });
  expect(plan('/fonts/Virgil/Virgil-Regular.woff2')).toEqual({ key: '/fonts/Virgil/Virgil-Regular.woff2', first: 'kept' });
});

it('leaves everything else alone', () => {
  for (const path of ['/api/documents', '/api/documents/a/blobs/b', '/sync/a', '/d/', '/healthz', '/sw.js', '/admin']) expect(plan(path), path).toBeNull();
  expect(plan('/', 'POST')).toBeNull();
  expect(keyOf('https://elsewhere.example/assets/x.js', ORIGIN)).toBeNull();
});

// [P95]
it('finds what a page is made of', () => {
  const markup = '<script src="/assets/theme-1.js"></script><link href="/assets/a.css"><link href="/src/x.svg"><script src="https://elsewhere.example/assets/y.js">';
  expect(partsOf(markup)).toEqual(['/assets/theme-1.js', '/assets/a.css']);
});
