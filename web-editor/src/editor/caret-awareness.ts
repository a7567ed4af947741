/** Carets in awareness states. States are strangers' input: only what has the shape of a position in the text is one. */
import type { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { personIn, type Person } from '../presence/person';
import type { Held } from './binding/binding';
import { TEXT } from './binding/format';

export interface PeerCaret extends Held {
  readonly client: number;
  readonly person: Person;
}

/** Those of the others who are here and not away. */
export function peerCarets(awareness: Awareness): PeerCaret[] {
  const carets: PeerCaret[] = [];
  for (const [client, state] of awareness.getStates()) {
    const person = client === awareness.clientID ? null : personIn(state);
    const held = person && heldIn(state);
    if (held) carets.push({ client, person, ...held });
  }
  return carets;
}

/** Tells the others where this person's caret is. */
export function announceCaret(awareness: Awareness, held: Held): void {
  // A page that is being taken down must not announce itself again.
  const state = awareness.getLocalState();
  if (state === null) return;
  const cursor = { anchor: Y.relativePositionToJSON(held.anchor) as object, head: Y.relativePositionToJSON(held.head) as object };
  if (JSON.stringify(state.cursor) !== JSON.stringify(cursor)) awareness.setLocalStateField('cursor', cursor);
}

/** Null for whoever has none, or works nowhere. */
function heldIn(state: unknown): Held | null {
  const { cursor, idle } = state as { cursor?: unknown; idle?: unknown };
  if (!isRecord(cursor) || idle === true) return null;
  const [anchor, head] = [positionIn(cursor.anchor), positionIn(cursor.head)];
  return anchor && head ? { anchor, head } : null;
}

function positionIn(value: unknown): Y.RelativePosition | null {
  if (!isRecord(value)) return null;
  const { tname, item, assoc } = value;
  const side = assoc === undefined ? 0 : assoc;
  if (typeof side !== 'number') return null;
  if (isRecord(item) && isCount(item.client) && isCount(item.clock)) return new Y.RelativePosition(null, null, Y.createID(item.client, item.clock), side);
  return tname === TEXT ? new Y.RelativePosition(null, TEXT, null, side) : null;
}

function isCount(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value >= 0;
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
