/**
 * When to dial, when to wait and when to give up: a pure state machine. Time, chance and sockets come from outside.
 *
 *   idle -> dialing -> open -> synced
 *             ^  \______|________/ closed
 *             |         v
 *             '----- waiting        denied (the server decided; only a person can dial again)
 */
import { reconnectDelay } from './backoff';

export type Phase =
  | { at: 'idle' }
  | { at: 'dialing' }
  | { at: 'open' }
  | { at: 'synced'; since: number }
  | { at: 'waiting' }
  | { at: 'denied'; code: number; reason: string };

export interface Connection {
  phase: Phase;
  /** Failed attempts in a row. */
  attempt: number;
  /** The token was already renewed since the last stable connection. */
  refreshed: boolean;
  /** The connection was lost, or never came up at the first try. */
  down: boolean;
}

export type ConnectionEvent =
  | { is: 'start' }
  | { is: 'opened' }
  | { is: 'synced'; now: number }
  /**
   * `code` is null when the socket was closed from this side (no message for 30 s). With `again` something can be done about a
   * decision of the server, so that it is asked once more.
   */
  | { is: 'closed'; code: number | null; reason: string; now: number; again?: boolean }
  | { is: 'timer' }
  /** The network came back or the tab is looked at again: no reason to sit out the delay. */
  | { is: 'wake' }
  /** The browser says the network is gone. */
  | { is: 'lost' }
  /** A person asked for another attempt. */
  | { is: 'retry' }
  | { is: 'stop' };

export type Effect = { do: 'dial'; refreshToken: boolean } | { do: 'hangUp' } | { do: 'timer'; ms: number };

export type Transition = [Connection, Effect[]];

/** A dial that is not answered by then is given up: a blackholed network never reports an error. */
export const DIAL_TIMEOUT_MS = 10_000;
/** A connection that lived this long after syncing was good: counters start again. */
export const STABLE_MS = 5_000;

const TOKEN_REJECTED = 4401;

export const initialConnection: Connection = { phase: { at: 'idle' }, attempt: 0, refreshed: false, down: false };

/** One step of the machine; an event that means nothing in a phase changes nothing. */
export function step(connection: Connection, event: ConnectionEvent, random: number): Transition {
  const { phase } = connection;
  switch (event.is) {
    case 'start':
      return phase.at === 'idle' ? dial(connection) : [connection, []];
    case 'opened':
      return phase.at === 'dialing' ? [{ ...connection, phase: { at: 'open' } }, []] : [connection, []];
    case 'synced':
      return isLive(phase) ? [{ ...connection, phase: { at: 'synced', since: event.now }, down: false }, []] : [connection, []];
    case 'closed':
      return isLive(phase) ? closed(connection, event, random) : [connection, []];
    case 'timer':
      if (phase.at === 'waiting') return dial(connection);
      return phase.at === 'dialing' ? wait(connection, null, random) : [connection, []];
    case 'wake':
      return phase.at === 'waiting' ? dial(connection) : [connection, []];
    case 'lost':
      return isLive(phase) ? wait(connection, null, random) : [connection, []];
    case 'retry':
      return retry(connection);
    case 'stop':
      return [{ ...connection, phase: { at: 'idle' } }, [{ do: 'hangUp' }]];
  }
}

function isLive(phase: Phase): boolean {
  return phase.at === 'dialing' || phase.at === 'open' || phase.at === 'synced';
}

function dial(connection: Connection, refreshToken = false): Transition {
  return [
    { ...connection, phase: { at: 'dialing' } },
    [{ do: 'dial', refreshToken }, { do: 'timer', ms: DIAL_TIMEOUT_MS }],
  ];
}

function wait(connection: Connection, code: number | null, random: number): Transition {
  const attempt = connection.attempt + 1;
  return [
    { ...connection, phase: { at: 'waiting' }, attempt, down: true },
    [{ do: 'hangUp' }, { do: 'timer', ms: reconnectDelay(attempt, code, random) }],
  ];
}

function closed(
  connection: Connection,
  event: { code: number | null; reason: string; now: number; again?: boolean },
  random: number,
): Transition {
  const { phase } = connection;
  const stable = phase.at === 'synced' && event.now - phase.since >= STABLE_MS;
  const before: Connection = stable ? { ...connection, attempt: 0, refreshed: false } : connection;
  const { code, reason } = event;
  if (code === TOKEN_REJECTED && !before.refreshed) return dial({ ...before, refreshed: true }, true);
  // 4400-4499 is the server's decision, not an accident: asking again would get the same answer.
  if (code !== null && code >= 4400 && code < 4500) {
    if (event.again) return dial(before);
    return [{ ...before, phase: { at: 'denied', code, reason }, down: true }, [{ do: 'hangUp' }]];
  }
  return wait(before, code, random);
}

function retry(connection: Connection): Transition {
  const wasDenied = connection.phase.at === 'denied';
  const [next, effects] = dial({ ...connection, attempt: 0, refreshed: false, down: !wasDenied && connection.down }, wasDenied);
  return [next, isLive(connection.phase) ? [{ do: 'hangUp' }, ...effects] : effects];
}
