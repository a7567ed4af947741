import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { END_MS_MAX, HELD_MAX, HOLD_MS_MAX, Incoming, WAITING_BYTES_MAX, WAITING_MAX } from './incoming';

const ORIGIN = { is: 'the provider' };

let doc: Y.Doc;
let incoming: Incoming;
let steps: { origin: unknown; local: boolean }[];

beforeEach(() => {
  vi.useFakeTimers();
  doc = new Y.Doc();
  incoming = new Incoming({ doc, origin: ORIGIN });
  steps = [];
  doc.on('afterTransaction', ({ origin, local }) => steps.push({ origin, local }));
});

afterEach(() => vi.useRealTimers());

/** What somebody types, an update a key. */
function typed(what: string): Uint8Array[] {
  const other = new Y.Doc();
  const updates: Uint8Array[] = [];
  other.on('update', (update: Uint8Array) => updates.push(update));
  for (const letter of what) other.getText('t').insert(other.getText('t').length, letter);
  return updates;
}

const text = () => doc.getText('t').toString();

// [P84]
describe('incoming updates', () => {
  it('are applied at once when none was for a frame', () => {
    const [first, second] = typed('ab');
    incoming.update(first!);
    expect(text()).toBe('a');
    vi.advanceTimersByTime(16);
    incoming.update(second!);
    expect(text()).toBe('ab');
  });

  it('that come within a frame are one step, as if the provider had made it', () => {
    const [first, ...others] = typed('abcdef');
    incoming.update(first!);
    for (const update of others) incoming.update(update);
    expect(text()).toBe('a');
    vi.advanceTimersByTime(16);
    expect(text()).toBe('abcdef');
    expect(steps).toEqual([{ origin: ORIGIN, local: false }, { origin: ORIGIN, local: false }]);
  });

  /** Frames that take long to draw, of what others do. */
  const slow = (ms: number) => {
    vi.stubGlobal('requestAnimationFrame', (act: () => void) => setTimeout(act, ms));
    vi.stubGlobal('cancelAnimationFrame', (frame: ReturnType<typeof setTimeout>) => clearTimeout(frame));
    vi.stubGlobal('MessageChannel', class {
      readonly port1 = { onmessage: (): void => undefined };
      readonly port2 = { postMessage: () => this.port1.onmessage() };
    });
    for (const update of typed('0123456789')) {
      incoming.update(update);
      vi.advanceTimersByTime(1_000);
    }
    steps = [];
  };

  it('keep their distance where drawing them takes long, and are bounded in that', () => {
    for (const [ms, least, most] of [[60, 5, 10], [5_000, 3, 6]] as const) {
      doc = new Y.Doc();
      incoming = new Incoming({ doc, origin: ORIGIN });
      doc.on('afterTransaction', ({ origin, local }) => steps.push({ origin, local }));
      slow(ms);
      const updates = typed('0123456789'.repeat(10));
      for (const update of updates) {
        incoming.update(update);
        vi.advanceTimersByTime(10);
      }
      vi.advanceTimersByTime(450);
      expect(steps.length).toBeGreaterThanOrEqual(least);
      expect(steps.length).toBeLessThanOrEqual(most);
      expect(text()).toContain('0123456789'.repeat(10));
      vi.unstubAllGlobals();
    }
  });

  it('come behind own keys, when it is time', () => {
    slow(60);
    const [first, second, third] = typed('abc');
    doc.getText('own').insert(0, 'x');
    incoming.update(first!);
    incoming.update(second!);
    vi.advanceTimersByTime(60);
    expect(text()).not.toContain('b');
    vi.advanceTimersByTime(190);
    incoming.update(third!);
    doc.getText('own').insert(0, 'y');
    expect(text()).not.toContain('c');
    vi.advanceTimersByTime(60);
    expect(text()).toContain('abc');
    vi.unstubAllGlobals();
  });

  it('do not wait for frames that never come', () => {
    vi.stubGlobal('requestAnimationFrame', () => 0);
    for (const update of typed('abc')) incoming.update(update);
    vi.advanceTimersByTime(49);
    expect(text()).toBe('a');
    vi.advanceTimersByTime(1);
    expect(text()).toBe('abc');
    vi.unstubAllGlobals();
  });

  it('are applied at once when there are many, or large ones', () => {
    const many = typed('x'.repeat(WAITING_MAX + 1));
    for (const update of many) incoming.update(update);
    expect(text()).toHaveLength(WAITING_MAX + 1);
    const [small, large] = [typed('y'), new Y.Doc()];
    large.getText('t').insert(0, 'z'.repeat(WAITING_BYTES_MAX));
    incoming.update(small[0]!);
    expect(text()).not.toContain('y');
    incoming.update(Y.encodeStateAsUpdate(large));
    expect(text()).toContain('y');
  });

  it('go before what came behind them', () => {
    const seen: string[] = [];
    const [first, second] = typed('ab');
    incoming.behind(() => seen.push(`nothing waits: ${text()}`));
    incoming.update(first!);
    incoming.update(second!);
    incoming.behind(() => seen.push(`behind: ${text()}`));
    expect(seen).toEqual(['nothing waits: ']);
    vi.advanceTimersByTime(50);
    expect(seen).toEqual(['nothing waits: ', 'behind: ab']);
  });

  it('are told of before they are there', () => {
    const seen: string[] = [];
    incoming.before.add(() => seen.push(text()));
    for (const update of typed('ab')) incoming.update(update);
    vi.advanceTimersByTime(50);
    expect(seen).toEqual(['', 'a']);
  });

  it('that cannot be read hide no other, nor do listeners that fail', () => {
    const said = vi.spyOn(console, 'error').mockReturnValue();
    const [first, second, third] = typed('abc');
    incoming.update(first!);
    incoming.update(Uint8Array.of(200, 200));
    incoming.update(second!);
    doc.once('update', () => {
      throw new Error('a listener');
    });
    incoming.flush();
    incoming.update(third!);
    incoming.flush();
    expect(text()).toBe('abc');
    expect(said).toHaveBeenCalledTimes(2);
    said.mockRestore();
  });

  it('cost listeners one call a frame, however many type', () => {
    vi.useRealTimers();
    const keys = Array.from({ length: 20 }, () => typed('a sentence of thirty letters..'));
    const run = (take: (update: Uint8Array) => void) => {
      let drawn = 0;
      doc = new Y.Doc();
      // As an editor that goes over all of a long document does.
      const work = Array.from({ length: 20_000 }, (_, n) => n);
      doc.on('afterTransaction', () => (drawn += work.reduce((sum, n) => sum + n, 0) > 0 ? 1 : 0));
      incoming = new Incoming({ doc, origin: ORIGIN });
      const started = performance.now();
      for (let key = 0; key < 30; key++) for (const one of keys) take(one[key]!);
      incoming.flush();
      return { drawn, ms: Math.round(performance.now() - started), length: text().length };
    };
    const [each, together] = [run((update) => Y.applyUpdate(doc, update, ORIGIN)), run((update) => incoming.update(update))];
    console.info(`600 keys of 20 people: ${each.drawn} steps, ${each.ms} ms, one by one; ${together.drawn} steps, ${together.ms} ms, a frame at a time`);
    expect(together.length).toBe(each.length);
    expect([each.drawn, together.drawn]).toEqual([600, 2]);
  });

  // [P133]
  it('wait while a character is composed', () => {
    const [first, second] = typed('abc');
    incoming.hold();
    incoming.update(first!);
    incoming.update(second!);
    for (let keys = 0; keys < 10; keys += 1) {
      vi.advanceTimersByTime(HOLD_MS_MAX - 1);
      incoming.hold();
    }
    expect(text()).toBe('');
    incoming.release();
    expect(text()).toBe('ab');
  });

  // [P133]
  it('wait for a composition that nobody goes on with to end, and for no other longer than a bound', () => {
    const [first, second] = typed('abc');
    let ended = 0;
    const end = () => {
      ended += 1;
      incoming.release();
    };
    incoming.overdue.add(end);
    incoming.hold();
    incoming.update(first!);
    vi.advanceTimersByTime(HOLD_MS_MAX);
    expect([ended, text()]).toEqual([1, 'a']);
    incoming.overdue.clear();
    incoming.hold();
    incoming.update(second!);
    vi.advanceTimersByTime(HOLD_MS_MAX);
    incoming.hold();
    expect(text()).toBe('a');
    vi.advanceTimersByTime(END_MS_MAX);
    expect(text()).toBe('ab');
  });

  // [P133]
  it('wait also as a whole reply, and what speaks of it goes with a lost connection', () => {
    const [first, second] = typed('ab');
    const done: string[] = [];
    incoming.hold();
    incoming.reply(first!, () => done.push('first'));
    expect([text(), ...done]).toEqual(['']);
    incoming.closed();
    incoming.reply(second!, () => done.push('second'));
    incoming.release();
    expect([text(), ...done]).toEqual(['ab', 'second']);
  });

  // [P133]
  it('let a composition end when too much waits for it', () => {
    const keys = typed('x'.repeat(HELD_MAX + 1));
    incoming.overdue.add(() => incoming.release());
    incoming.hold();
    keys.slice(0, HELD_MAX - 1).forEach((update) => incoming.update(update));
    expect(text()).toBe('');
    keys.slice(HELD_MAX - 1).forEach((update) => incoming.update(update));
    incoming.flush();
    expect(text()).toHaveLength(HELD_MAX + 1);
  });
});
