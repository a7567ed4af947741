import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { DELAY_MAX_MS } from './backoff';
import { DIAL_TIMEOUT_MS } from './connection';
import { NotKept } from './aside';
import { FakeSocket, fakeNetwork } from './fake-server';
import { Session } from './session';

let server: Y.Doc;
let session: Session;

const turn = () => vi.advanceTimersByTimeAsync(0);
const text = (doc: Y.Doc) => doc.getText('t').toString();
const write = (what: string) => session.doc.getText('t').insert(session.doc.getText('t').length, what);

function isSettled(promise: Promise<void>): Promise<boolean> {
  return Promise.race([promise.then(() => true), vi.advanceTimersByTimeAsync(1).then(() => false)]);
}

async function open(token?: (refresh: boolean) => Promise<string | null>): Promise<void> {
  session = new Session({ url: 'ws://host/sync', name: 'notes/today ü', offline: false, ...(token && { token }) });
  await turn();
}

async function online(): Promise<void> {
  await open();
  FakeSocket.last.sync(server);
  FakeSocket.last.commit(server);
}

fakeNetwork(() => session.destroy());

beforeEach(() => {
  server = new Y.Doc();
});

describe('session', () => {
  it('asks for acks, with the name encoded once', async () => {
    await open();
    expect(FakeSocket.last.url).toBe('ws://host/sync/notes%2Ftoday%20%C3%BC?ack=1');
  });

  it('saves: saving until the ack, then saved', async () => {
    await online();
    expect(session.state).toMatchObject({ net: 'online', save: 'saved' });
    write('hello');
    expect(session.state.save).toBe('saving');
    const saved = session.saved();
    expect(await isSettled(saved)).toBe(false);
    FakeSocket.last.commit(server);
    expect(await isSettled(saved)).toBe(true);
    expect(session.state.save).toBe('saved');
    expect(text(server)).toBe('hello');
  });

  it('resolves saved() for what was typed before the call, however much is typed after', async () => {
    await online();
    write('a');
    const saved = session.saved();
    await turn();
    FakeSocket.last.commit(server);
    write('b');
    expect(await isSettled(saved)).toBe(true);
    expect(session.state.save).toBe('saving');
  });

  it('carries offline edits over a reconnect, and saved() with them', async () => {
    await online();
    FakeSocket.last.drop(1006);
    write('offline');
    const saved = session.saved();
    expect(session.state).toMatchObject({ net: 'offline', save: 'local', localCopy: false });
    await vi.advanceTimersByTimeAsync(DELAY_MAX_MS);
    FakeSocket.last.sync(server);
    expect(session.state).toMatchObject({ net: 'online', save: 'saving' });
    expect(await isSettled(saved)).toBe(false);
    FakeSocket.last.commit(server);
    expect(await isSettled(saved)).toBe(true);
    expect(text(server)).toBe('offline');
  });

  it('counts deletions too', async () => {
    server.getText('t').insert(0, 'gone');
    await online();
    session.doc.getText('t').delete(0, 4);
    expect(session.state.save).toBe('saving');
    FakeSocket.last.drop(1006);
    await vi.advanceTimersByTimeAsync(DELAY_MAX_MS);
    FakeSocket.last.sync(server);
    FakeSocket.last.commit(server);
    expect(session.state.save).toBe('saved');
    expect(text(server)).toBe('');
  });

  it('renews a rejected token once, silently', async () => {
    const token = vi.fn(async (refresh: boolean) => (refresh ? 'new' : 'old'));
    await open(token);
    expect(FakeSocket.last.url).toContain('token=old');
    FakeSocket.last.drop(4401);
    await turn();
    expect(FakeSocket.last.url).toContain('token=new');
    expect(session.state.net).toBe('connecting');
    FakeSocket.last.drop(4401, 'expired');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.dialled).toHaveLength(2);
    expect(session.state).toMatchObject({ net: 'denied', code: 4401, reason: 'expired' });
  });

  it('stops at a denial, tells who waits, and dials again when asked', async () => {
    await online();
    write('kept');
    const saved = session.saved();
    await turn();
    FakeSocket.last.drop(4403, 'not yours');
    await expect(saved).rejects.toThrow('not yours');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.dialled).toHaveLength(1);
    session.retry();
    await turn();
    FakeSocket.last.sync(server);
    FakeSocket.last.commit(server);
    expect(text(server)).toBe('kept');
  });

  // [P83]
  it('has a way on when a change is refused for good', async () => {
    await online();
    write('kept');
    FakeSocket.last.commit(server);
    session.doc.getMap('m').set('number', 5n);
    write(', also kept');
    for (let offer = 0; offer < 2; offer++) {
      FakeSocket.last.drop(4400, 'a number that no float holds');
      await turn();
      if (offer === 0) FakeSocket.last.sync(server);
    }
    expect(session.state).toMatchObject({ net: 'denied', stuck: true, reason: 'a number that no float holds' });
    const taken = vi.fn(async (_url: string, { body }: { body: Uint8Array }) => {
      const refused = Y.decodeUpdate(body).structs.some((struct) => struct instanceof Y.Item && struct.content.getContent().some((value) => typeof value === 'bigint'));
      if (!refused) Y.applyUpdate(server, body);
      return new Response(null, { status: refused ? 400 : 204 });
    });
    vi.stubGlobal('fetch', taken);
    await expect(session.leaveOut(), 'there is no database here').rejects.toBeInstanceOf(NotKept);
    expect(session.state.stuck).toBe(true);
    await session.leaveOut({ keep: false });
    expect(text(server)).toBe('kept, also kept');
    expect(taken.mock.calls[0]![0]).toBe('http://host/api/documents/notes%2Ftoday%20%C3%BC/update');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.dialled, 'and is over').toHaveLength(2);
  });

  // [P83]
  it('has a way on for who may only read now and had typed before', async () => {
    await online();
    write('too late');
    FakeSocket.last.notice({ readonly: true });
    expect(session.state).toMatchObject({ readonly: true, save: 'local', stuck: true });
    vi.stubGlobal('fetch', async () => new Response(null, { status: 403 }));
    await expect(session.leaveOut()).rejects.toBeInstanceOf(NotKept);
    await session.leaveOut({ keep: false });
    await vi.advanceTimersByTimeAsync(60_000);
    expect([FakeSocket.dialled.length, text(server)]).toEqual([1, '']);
  });

  // [P83]
  it('leaves all as it was when the server cannot be asked', async () => {
    await online();
    write('x');
    for (let offer = 0; offer < 2; offer++) {
      FakeSocket.last.drop(4400);
      await turn();
      if (offer === 0) FakeSocket.last.sync(server);
    }
    await expect(session.leaveOut()).rejects.toThrow('nobody answers');
    expect([session.state.stuck, text(session.doc)]).toEqual([true, 'x']);
    session.retry();
    await turn();
    FakeSocket.last.sync(server);
    FakeSocket.last.commit(server);
    expect([session.state.save, session.state.stuck, text(server)]).toEqual(['saved', false, 'x']);
  });

  it('shows a refusal until a later reply is committed', async () => {
    await online();
    write('x');
    FakeSocket.last.notice({ refused: { frame: 2, reason: 'the backlog is full' } });
    expect(session.state).toMatchObject({ save: 'local', refused: 'the backlog is full' });
    session.retry();
    await turn();
    FakeSocket.last.sync(server);
    expect(session.state.refused).toBe('the backlog is full');
    FakeSocket.last.commit(server);
    expect(session.state).toMatchObject({ save: 'saved', refused: null });
    expect(text(server)).toBe('x');
  });

  it('offers refused changes again by itself', async () => {
    await online();
    write('x');
    FakeSocket.last.notice({ refused: { frame: 2, reason: 'full' } });
    await vi.advanceTimersByTimeAsync(30_000);
    expect(FakeSocket.dialled.length).toBeGreaterThan(1);
  });

  it('forgets with the connection what the server said of its storage', async () => {
    await online();
    FakeSocket.last.notice({ storage: { state: 'away', since_ms: 2_000, reason: 'storage does not answer' } });
    expect(session.state.storageAway).toBe(true);
    FakeSocket.last.notice({ storage: { state: 'ok' } });
    expect(session.state.storageAway).toBe(false);
    FakeSocket.last.notice({ storage: { state: 'away' } });
    const before = FakeSocket.dialled.length;
    FakeSocket.last.drop(1006, '');
    // Delays are drawn by lot; a dial that is not answered in time would be given up.
    while (FakeSocket.dialled.length === before) await vi.advanceTimersByTimeAsync(100);
    FakeSocket.last.sync(server);
    expect(session.state).toMatchObject({ net: 'online', storageAway: false });
  });

  it('becomes read-only when told', async () => {
    await online();
    FakeSocket.last.notice({ readonly: true });
    FakeSocket.last.notice({ readonly: 'perhaps' });
    expect(session.state).toMatchObject({ readonly: true, save: 'saved' });
  });

  it('gives up a dial that nobody answers', async () => {
    await open();
    await vi.advanceTimersByTimeAsync(DIAL_TIMEOUT_MS + DELAY_MAX_MS);
    expect(FakeSocket.dialled.length).toBeGreaterThan(1);
  });

  it('dials at once when the network returns', async () => {
    await online();
    dispatchEvent(new Event('offline'));
    expect(session.state.net).toBe('offline');
    dispatchEvent(new Event('online'));
    await turn();
    expect(FakeSocket.dialled).toHaveLength(2);
  });

  it('warns before leaving only when something could be lost', async () => {
    await online();
    const leave = () => {
      const event = new Event('beforeunload', { cancelable: true });
      dispatchEvent(event);
      return event.defaultPrevented;
    };
    expect(leave()).toBe(false);
    write('x');
    expect(leave()).toBe(true);
    FakeSocket.last.commit(server);
    expect(leave()).toBe(false);
  });

  it('is silent after destroy', async () => {
    await online();
    session.destroy();
    dispatchEvent(new Event('online'));
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.dialled).toHaveLength(1);
  });
});
