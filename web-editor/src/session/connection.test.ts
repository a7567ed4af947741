import { describe, expect, it } from 'vitest';
import { DELAY_MAX_MS, reconnectDelay } from './backoff';
import { initialConnection, step, type Connection, type ConnectionEvent, type Effect } from './connection';

const closed = (code: number | null, now = 0): ConnectionEvent => ({ is: 'closed', code, reason: 'because', now });
const synced = (now = 0): ConnectionEvent => ({ is: 'synced', now });

function play(...events: ConnectionEvent[]): { connection: Connection; effects: Effect[] } {
  let connection = initialConnection;
  let effects: Effect[] = [];
  for (const event of events) [connection, effects] = step(connection, event, 0.5);
  return { connection, effects };
}

const start: ConnectionEvent = { is: 'start' };
const opened: ConnectionEvent = { is: 'opened' };
const does = (effects: Effect[]) => effects.map((effect) => effect.do);

describe('connection', () => {
  it('dials at the start, and gives a dial a deadline', () => {
    const { connection, effects } = play(start);
    expect(connection.phase.at).toBe('dialing');
    expect(does(effects)).toEqual(['dial', 'timer']);
  });

  it('reaches synced over open', () => {
    expect(play(start, opened).connection.phase.at).toBe('open');
    expect(play(start, opened, synced(7)).connection.phase).toEqual({ at: 'synced', since: 7 });
  });

  it('waits after a loss and dials when the time is up', () => {
    const lost = play(start, opened, synced(), closed(1006));
    expect(lost.connection).toMatchObject({ phase: { at: 'waiting' }, attempt: 1, down: true });
    expect(does(lost.effects)).toEqual(['hangUp', 'timer']);
    expect(play(start, opened, synced(), closed(1006), { is: 'timer' }).connection.phase.at).toBe('dialing');
  });

  it('gives up a dial that is never answered, and tries again later', () => {
    const { connection, effects } = play(start, { is: 'timer' });
    expect(connection.phase.at).toBe('waiting');
    expect(does(effects)).toEqual(['hangUp', 'timer']);
  });

  it.each([4400, 4403, 4404, 4413, 4499])('takes %i as final', (code) => {
    const { connection, effects } = play(start, opened, closed(code));
    expect(connection.phase).toEqual({ at: 'denied', code, reason: 'because' });
    expect(does(effects)).toEqual(['hangUp']);
    for (const event of [{ is: 'timer' }, { is: 'wake' }, { is: 'lost' }, closed(1006)] as ConnectionEvent[]) {
      expect(step(connection, event, 0)[1]).toEqual([]);
    }
  });

  it('asks once more after a decision about which something can be done', () => {
    const { connection, effects } = play(start, opened, synced(), { is: 'closed', code: 4413, reason: 'too large', now: 1, again: true });
    expect(connection.phase.at).toBe('dialing');
    expect(effects[0]).toEqual({ do: 'dial', refreshToken: false });
  });

  it.each([null, 1001, 1006, 1012, 1013, 4503, 4529])('tries again after %s', (code) => {
    expect(play(start, opened, closed(code)).connection.phase.at).toBe('waiting');
  });

  it('renews the token once after 4401, then believes the server', () => {
    const first = play(start, opened, closed(4401));
    expect(first.effects[0]).toEqual({ do: 'dial', refreshToken: true });
    const second = play(start, opened, closed(4401), opened, closed(4401));
    expect(second.connection.phase).toMatchObject({ at: 'denied', code: 4401 });
  });

  it('renews the token again when the connection was good in between', () => {
    const { effects } = play(start, opened, closed(4401, 0), opened, synced(1_000), closed(4401, 60_000));
    expect(effects[0]).toEqual({ do: 'dial', refreshToken: true });
  });

  it('keeps backing off from a server that syncs and closes at once', () => {
    const flap: ConnectionEvent[] = [opened, synced(0), closed(4529, 10), { is: 'timer' }];
    expect(play(start, ...flap, ...flap, ...flap).connection.attempt).toBe(3);
    expect(play(start, ...flap, opened, synced(0), closed(1006, 6_000)).connection.attempt).toBe(1);
  });

  it('does not sit out the delay when the network returns or the tab is looked at', () => {
    expect(play(start, opened, closed(1006), { is: 'wake' }).connection.phase.at).toBe('dialing');
    expect(play(start, opened, synced(), { is: 'wake' }).effects).toEqual([]);
  });

  it('hangs up when the browser loses the network, and ignores the close that follows', () => {
    const { connection, effects } = play(start, opened, synced(), { is: 'lost' });
    expect(does(effects)).toEqual(['hangUp', 'timer']);
    expect(step(connection, closed(null), 0)).toEqual([connection, []]);
  });

  it('dials for a person in every phase', () => {
    for (const events of [[start], [start, opened], [start, opened, synced()], [start, closed(1006)], [start, closed(4403)]]) {
      const { connection, effects } = play(...events, { is: 'retry' });
      expect(connection).toMatchObject({ phase: { at: 'dialing' }, attempt: 0 });
      expect(does(effects)).toContain('dial');
    }
  });

  it('stays stopped', () => {
    const { connection } = play(start, opened, { is: 'stop' });
    expect(step(connection, { is: 'wake' }, 0)[1]).toEqual([]);
    expect(step(connection, { is: 'timer' }, 0)[1]).toEqual([]);
  });
});

describe('reconnectDelay', () => {
  it('is spread over a window that doubles up to a bound', () => {
    expect(reconnectDelay(1, 1006, 0)).toBe(50);
    expect(reconnectDelay(1, 1006, 1)).toBe(500);
    expect(reconnectDelay(3, 1006, 1)).toBe(2_000);
    expect(reconnectDelay(1_000, null, 1)).toBe(DELAY_MAX_MS);
  });

  it('spreads wider when everybody was told to go at once', () => {
    expect(reconnectDelay(1, 1012, 1)).toBeGreaterThan(reconnectDelay(1, 1006, 1));
  });
});
