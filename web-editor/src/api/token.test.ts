import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { claimsOf, prefixesToWrite, roleFor } from './claims';

const jwt = (claims: object) => `h.${btoa(String.fromCharCode(...new TextEncoder().encode(JSON.stringify(claims)))).replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '')}.s`;

/** The page as it is after a load. */
async function opened(address: string): Promise<string | null> {
  vi.resetModules();
  history.replaceState({ kept: true }, '', address);
  return (await import('./token')).pageToken();
}

beforeEach(() => sessionStorage.clear());
afterEach(() => vi.unstubAllGlobals());

// [P92]
describe('the token of a page', () => {
  it('leaves the address and nothing else does', async () => {
    expect(await opened('/d/notes?token=a.b.c&history&at=5#x')).toBe('a.b.c');
    expect(location.pathname + location.search + location.hash).toBe('/d/notes?history&at=5#x');
    expect(history.state).toEqual({ kept: true });
    expect(await opened('/d/notes?token=a.b.c')).toBe('a.b.c');
    expect(location.search).toBe('');
  });

  it('is there after a reload, and on the next page', async () => {
    await opened('/?token=a.b.c');
    expect(await opened('/')).toBe('a.b.c');
    expect(await opened('/d/other')).toBe('a.b.c');
  });

  it('is the one a page was opened with, though another came later', async () => {
    await opened('/d/one?token=first');
    await opened('/d/two?token=second');
    expect(await opened('/d/one')).toBe('first');
    expect(await opened('/d/two')).toBe('second');
  });

  it('is one that opens the page, where none was given for it', async () => {
    const team = jwt({ documents: { 'team/*': 'write' } });
    await opened(`/?token=${team}`);
    await opened(`/d/other?token=${jwt({ documents: { other: 'read' } })}`);
    expect(await opened('/d/team%2Fplan')).toBe(team);
  });

  it('stays in the address where nothing can be stored: a reload would lose it', async () => {
    const full = () => {
      throw new DOMException('full', 'QuotaExceededError');
    };
    vi.stubGlobal('sessionStorage', { getItem: () => null, setItem: full });
    expect(await opened('/d/notes?token=a.b.c')).toBe('a.b.c');
    expect(location.search).toBe('?token=a.b.c');
  });

  it.each(['7', '{"a":1}', '[["/"]]', '[[1,2]]', '[', 'null'])('is none in a storage that says %s', async (stored) => {
    sessionStorage.setItem('weft-token', stored);
    expect(await opened('/')).toBeNull();
  });
});

describe('claims', () => {
  it('are read as they were written', () => {
    const claims = claimsOf(jwt({ sub: 'zoe', name: 'Zoë 李', jti: 'link-1', documents: { 'a*': 'write', b: 'owner', c: 'read' } }));
    expect(claims).toEqual({ user: 'zoe', name: 'Zoë 李', documents: new Map([['a*', 'write'], ['c', 'read']]), isLink: true });
  });

  it.each([null, '', 'x', 'a.b.c', 'a..c', jwt([]), `a.${btoa('7')}.c`])('are none in %s', (token) => expect(claimsOf(token)).toBeNull());

  // [P93]
  it('say what opens a name, and where new ones may be', () => {
    const documents = new Map([['team/*', 'write'], ['team/rules*', 'read'], ['team/rules/mine', 'admin'], ['x', 'write'], ['notes-*', 'admin']] as const);
    expect(['team/a', 'team/rules', 'team/rules/mine', 'x', 'y'].map((name) => roleFor(name, documents))).toEqual(['write', 'read', 'admin', 'write', null]);
    expect(prefixesToWrite(documents)).toEqual(['team/', 'notes-']);
    expect(prefixesToWrite(new Map([['b*', 'write'], ['*', 'write']]))).toEqual(['', 'b']);
  });
});
