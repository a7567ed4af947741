import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { FakeSocket, fakeNetwork } from './fake-server';
import { Session } from './session';
import { RENEW_AHEAD_MS, RENEW_RETRY_MS } from './token';

const LIFE_MS = 10 * 60_000;

let server: Y.Doc;
let session: Session;
let asked: boolean[];

const token = (id: string, lifeMs = LIFE_MS) => `${id}.${btoa(JSON.stringify({ exp: (Date.now() + lifeMs) / 1000 }))}.s`;
const write = (what: string) => session.doc.getText('t').insert(0, what);

async function online(tokens: (string | null)[]): Promise<void> {
  asked = [];
  const next = async (refresh: boolean) => {
    asked.push(refresh);
    return (tokens.length > 1 ? tokens.shift() : tokens[0]) ?? null;
  };
  session = new Session({ url: 'ws://host/sync', name: 'n', offline: false, token: next });
  await vi.advanceTimersByTimeAsync(0);
  FakeSocket.last.sync(server);
  FakeSocket.last.commit(server);
}

fakeNetwork(() => session.destroy());

beforeEach(() => {
  server = new Y.Doc();
});

describe('renewing a token', () => {
  it('happens on the same socket, before the old one ends', async () => {
    const [old, fresh] = [token('old'), token('fresh', 2 * LIFE_MS)];
    await online([old, fresh]);
    await vi.advanceTimersByTimeAsync(LIFE_MS - 2 * RENEW_AHEAD_MS);
    expect(FakeSocket.last.tokens).toEqual([]);
    await vi.advanceTimersByTimeAsync(1.5 * RENEW_AHEAD_MS);
    expect(FakeSocket.last.tokens).toEqual([fresh]);
    expect(FakeSocket.dialled).toHaveLength(1);
    expect(asked).toEqual([false, true]);
  });

  it('is tried again while there is no fresh one', async () => {
    await online([token('old')]);
    await vi.advanceTimersByTimeAsync(LIFE_MS);
    const tries = asked.filter(Boolean).length;
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThanOrEqual(1 + (1.5 * RENEW_AHEAD_MS) / RENEW_RETRY_MS);
    expect(FakeSocket.last.tokens).toEqual([]);
    await vi.advanceTimersByTimeAsync(10 * RENEW_RETRY_MS);
    expect(asked.filter(Boolean).length, 'after the end only what was planned before').toBeLessThanOrEqual(tries + 1);
  });

  it('serves the next connection', async () => {
    const [old, fresh] = [token('old'), token('fresh')];
    await online([old, fresh]);
    await session.renew();
    FakeSocket.last.drop(1006);
    await vi.advanceTimersByTimeAsync(5_000);
    expect(FakeSocket.last.url).toContain(encodeURIComponent(fresh).slice(0, 8));
  });

  it('brings back who was denied', async () => {
    await online(['a', 'b', 'c']);
    FakeSocket.last.drop(4403, 'no');
    expect(session.state.net).toBe('denied');
    await session.renew();
    await vi.advanceTimersByTimeAsync(0);
    expect(FakeSocket.last.url).toContain('token=b');
    expect(asked.at(-1)).toBe(true);
  });

  it('does nothing without tokens', async () => {
    await online([null]);
    await session.renew();
    await vi.advanceTimersByTimeAsync(RENEW_RETRY_MS * 2);
    expect(FakeSocket.last.tokens).toEqual([]);
    expect(asked).toEqual([false, true]);
  });
});

describe('waiting for saved', () => {
  it('can be given up without giving up the saving', async () => {
    await online([null]);
    write('x');
    const enough = new AbortController();
    const saved = session.saved({ signal: enough.signal });
    const ended = expect(saved).rejects.toThrow('enough');
    await vi.advanceTimersByTimeAsync(0);
    enough.abort(new Error('enough'));
    await ended;
    FakeSocket.last.commit(server);
    expect(session.state.save).toBe('saved');
    await expect(session.saved({ signal: enough.signal }), 'even if there is nothing to wait for').rejects.toThrow('enough');
  });

  it('counts what is not committed', async () => {
    await online([null]);
    expect(session.unsaved).toBe(0);
    write('x');
    write('y');
    expect(session.unsaved).toBe(2);
    FakeSocket.last.commit(server);
    expect(session.unsaved).toBe(0);
  });
});

describe('who may only comment', () => {
  it('sees the chat saved like everybody else', async () => {
    await online([null]);
    expect(session.state.mayComment).toBe(true);
    FakeSocket.last.notice({ readonly: true });
    expect(session.state.mayComment).toBe(false);
    FakeSocket.last.notice({ readonly: true, role: 'comment' });
    expect(session.state).toMatchObject({ readonly: true, mayComment: true, save: 'saved' });
    write('x');
    expect(session.state.save).toBe('saving');
    FakeSocket.last.commit(server);
    expect(session.state.save).toBe('saved');
  });
});
