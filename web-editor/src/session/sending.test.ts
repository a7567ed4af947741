import { beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { FakeSocket, fakeNetwork } from './fake-server';
import { dataFrame } from './frame';
import { AckLedger } from './ledger';
import { Link } from './link';
import { COPY_WAIT_MS_MAX, PIECE_BYTES_MAX, PIECE_BYTES_MIN } from './sending';

/** The origin of what comes out of the browser's copy. */
const COPY = { is: 'the copy' };

let server: Y.Doc;
let doc: Y.Doc;
let ledger: AckLedger;
let link: Link;
let copyRead: () => void;

const turn = () => vi.advanceTimersByTimeAsync(0);
/** What cuts large updates is loaded when the first one is sent. */
async function cut(): Promise<void> {
  await vi.dynamicImportSettled();
  await turn();
}
const text = (of: Y.Doc) => of.getText('t').toString();
const write = (what: string, into = doc) => into.getText('t').insert(into.getText('t').length, what);
const kinds = () => FakeSocket.last.received.map((frame) => dataFrame(frame));
const sizes = () => FakeSocket.last.received.map((frame) => frame.length);
const bytesSent = () => sizes().reduce((sum, bytes) => sum + bytes, 0);

fakeNetwork(() => link.destroy());

beforeEach(() => {
  server = new Y.Doc();
  doc = new Y.Doc();
  ledger = new AckLedger();
});

/** A page whose browser's copy is read when the test says so. */
async function dialled(): Promise<void> {
  const ready = new Promise<void>((resolve) => (copyRead = resolve));
  doc.on('update', (_update, origin) => origin !== link.provider && ledger.edited());
  link = new Link({ url: 'ws://host/sync', name: 'n', doc, ledger, token: undefined, ready, changed: () => undefined, noticed: () => undefined });
  link.dispatch({ is: 'start' });
  await turn();
}

async function online(): Promise<void> {
  await dialled();
  copyRead();
  await turn();
  FakeSocket.last.sync(server);
  FakeSocket.last.commit(server);
}

/** A document both sides have, but for a sentence each. */
function shared(): Uint8Array {
  write('x'.repeat(100_000), server);
  const copy = new Y.Doc();
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(server));
  write(' typed offline', copy);
  write(' written meanwhile', server);
  return Y.encodeStateAsUpdate(copy);
}

// [P81]
describe('what the browser has a copy of', () => {
  it('is neither sent nor asked for again, though it is read while the socket is open', async () => {
    const copy = shared();
    await dialled();
    FakeSocket.last.sync(server);
    await turn();
    expect([FakeSocket.last.received.length, FakeSocket.last.questions.length]).toEqual([0, 0]);
    Y.applyUpdate(doc, copy, COPY);
    copyRead();
    await turn();
    expect(kinds()).toEqual(['reply']);
    expect(bytesSent()).toBeLessThan(200);
    expect(Y.decodeStateVector(FakeSocket.last.questions[0]!).size).toBeGreaterThan(0);
    FakeSocket.last.commit(server);
    expect(ledger.settled).toBe(true);
    expect(text(server)).toBe(text(doc));
    expect(text(server)).toContain('typed offline');
  });

  it('is not waited for when reading it takes long, and only what is new in it goes out then', async () => {
    const copy = shared();
    await dialled();
    FakeSocket.last.sync(server);
    await vi.advanceTimersByTimeAsync(COPY_WAIT_MS_MAX);
    expect([kinds(), FakeSocket.last.questions.length]).toEqual([['reply'], 1]);
    Y.applyUpdate(doc, copy, COPY);
    copyRead();
    await turn();
    expect(kinds()).toEqual(['reply', 'update']);
    expect(bytesSent()).toBeLessThan(200);
    FakeSocket.last.commit(server);
    expect(text(server)).toContain('typed offline');
  });

  it('goes along with what is typed before the answer', async () => {
    await dialled();
    FakeSocket.last.sync(server);
    write('early');
    expect(kinds()).toEqual([]);
    copyRead();
    await turn();
    write(', late');
    expect(kinds()).toEqual(['reply', 'update']);
    FakeSocket.last.commit(server);
    expect([text(server), ledger.settled]).toEqual(['early, late', true]);
  });

  it('is not answered with on a connection that is over', async () => {
    await dialled();
    FakeSocket.last.sync(server);
    FakeSocket.last.drop(1006);
    const before = FakeSocket.last;
    while (FakeSocket.last === before) await vi.advanceTimersByTimeAsync(50);
    copyRead();
    await turn();
    expect([before.received.length, FakeSocket.last.received.length]).toEqual([0, 0]);
  });
});

// [P82]
describe('what is too large for a frame', () => {
  it('goes in pieces, and counts as saved with the last of them', async () => {
    await online();
    write('y'.repeat(2 * PIECE_BYTES_MAX));
    write('z');
    await cut();
    expect(kinds().length).toBeGreaterThan(3);
    for (const bytes of sizes()) expect(bytes).toBeLessThanOrEqual(PIECE_BYTES_MAX + 16);
    const [edits, received] = [ledger.edits, FakeSocket.last.received];
    FakeSocket.last.received = received.slice(0, -1);
    FakeSocket.last.commit(server);
    expect(ledger.covers(edits)).toBe(false);
    FakeSocket.last.received = received;
    FakeSocket.last.commit(server);
    expect(ledger.covers(edits)).toBe(true);
    expect(text(server)).toBe(text(doc));
  });

  it('goes as updates once the server has been answered', async () => {
    await online();
    write('y'.repeat(2 * PIECE_BYTES_MAX));
    await cut();
    const before = FakeSocket.last.received.length;
    write('z'.repeat(2 * PIECE_BYTES_MAX));
    expect(new Set(kinds().slice(before))).toEqual(new Set(['update']));
    FakeSocket.last.commit(server);
    expect([ledger.settled, text(server)]).toEqual([true, text(doc)]);
  });

  it('answers a question in pieces, of which the last is the reply', async () => {
    write('z'.repeat(2 * PIECE_BYTES_MAX));
    await online();
    await cut();
    FakeSocket.last.commit(server);
    expect(kinds().at(-1)).toBe('reply');
    expect(new Set(kinds().slice(0, -1))).toEqual(new Set(['update']));
    expect([ledger.settled, text(server)]).toEqual([true, text(doc)]);
  });

  it.each([4413, 1009])('is tried in smaller pieces after %i', async (code) => {
    await online();
    write('w'.repeat(100_000));
    const before = FakeSocket.last;
    before.drop(code, 'too large');
    while (FakeSocket.last === before) await vi.advanceTimersByTimeAsync(50);
    expect(link.connection.phase.at).toBe('dialing');
    FakeSocket.last.sync(server);
    await cut();
    for (const bytes of sizes()) expect(bytes).toBeLessThan(16_000);
    FakeSocket.last.commit(server);
    expect([ledger.settled, text(server)]).toEqual([true, text(doc)]);
  });

  it('is given up when the smallest pieces are', async () => {
    await online();
    doc.getMap('m').set('k', 'v'.repeat(100_000));
    let dials = 0;
    for (; link.connection.phase.at !== 'denied' && dials < 10; dials++) {
      FakeSocket.last.drop(4413, 'too large');
      await turn();
      if (link.connection.phase.at === 'dialing') FakeSocket.last.sync(server);
      await cut();
    }
    expect(dials).toBeLessThan(6);
    expect(link.connection.phase).toMatchObject({ at: 'denied', code: 4413, reason: 'too large' });
    expect(link.sending.unsent().length).toBeGreaterThan(PIECE_BYTES_MIN);
  });
});

// [P83]
describe('what the server refuses', () => {
  it('is offered once more, so that it is known what exactly that is', async () => {
    await online();
    write('taken');
    FakeSocket.last.commit(server);
    write(', refused');
    FakeSocket.last.drop(4400, 'a value that is not allowed');
    await turn();
    expect(FakeSocket.dialled).toHaveLength(2);
    FakeSocket.last.sync(server);
    FakeSocket.last.drop(4400, 'a value that is not allowed');
    await vi.advanceTimersByTimeAsync(60_000);
    expect(FakeSocket.dialled).toHaveLength(2);
    expect(link.connection.phase.at).toBe('denied');
    const unsent = new Y.Doc();
    Y.applyUpdate(unsent, Y.encodeStateAsUpdate(server));
    expect(link.sending.unsent().length).toBeLessThan(100);
    Y.applyUpdate(unsent, link.sending.unsent());
    expect(text(unsent)).toBe('taken, refused');
  });

  it('is offered once more each time after something was taken', async () => {
    await online();
    for (let round = 0; round < 3; round++) {
      write('x');
      FakeSocket.last.drop(4400);
      await turn();
      FakeSocket.last.sync(server);
      FakeSocket.last.commit(server);
      expect(ledger.settled).toBe(true);
    }
  });

  it('is not offered again where it was about the person', async () => {
    await online();
    write('x');
    FakeSocket.last.drop(4403, 'no');
    await turn();
    expect(FakeSocket.dialled).toHaveLength(1);
  });
});

// [P84]
describe('what others do', () => {
  it('is in the document within a frame, in their order', async () => {
    await online();
    const other = new Y.Doc();
    const updates: Uint8Array[] = [];
    other.on('update', (update: Uint8Array) => updates.push(update));
    for (const letter of 'abcdef') write(letter, other);
    await vi.advanceTimersByTimeAsync(100);
    let steps = 0;
    doc.on('afterTransaction', () => (steps += 1));
    for (const update of updates) FakeSocket.last.update(update);
    expect(text(doc)).toBe('a');
    await vi.advanceTimersByTimeAsync(16);
    expect([text(doc), steps]).toEqual(['abcdef', 2]);
    expect(FakeSocket.last.received.length, 'and nothing of it is sent back').toBe(1);
  });

  it('is in the document when the connection is lost before its frame', async () => {
    await online();
    const other = new Y.Doc();
    other.on('update', (update: Uint8Array) => FakeSocket.last.update(update));
    for (const letter of 'abc') write(letter, other);
    FakeSocket.last.drop(1006);
    expect(text(doc)).toBe('abc');
  });
});
