/** What a person's awareness says about the board: read with care, since anybody may write anything there. Pure. */
import { personIn, type Person } from '../presence/person';
import { isId } from './values';

export interface BoardState {
  pointer: readonly [number, number] | null;
  laser: boolean;
  down: boolean;
  selected: readonly string[];
  /** What is on this person's screen: x, y, width, height. */
  view: readonly [number, number, number, number] | null;
}

export interface Peer extends BoardState {
  person: Person;
  idle: boolean;
}

const COORDINATE_MAX = 10_000_000;
/** More outlines at once help nobody. */
export const SELECTED_MAX = 50;

const NOTHING: BoardState = { pointer: null, laser: false, down: false, selected: [], view: null };

/** Null for those who are not known by name. */
export function peerIn(state: unknown): Peer | null {
  const person = personIn(state);
  if (!person) return null;
  const { board, idle } = state as { board?: unknown; idle?: unknown };
  return { person, idle: idle === true, ...boardIn(board) };
}

function boardIn(board: unknown): BoardState {
  if (typeof board !== 'object' || board === null) return NOTHING;
  const { pointer, laser, down, selected, view } = board as Record<string, unknown>;
  const [x, y, width, height] = numbers(view, 4) ?? [];
  return {
    pointer: numbers(pointer, 2) as BoardState['pointer'],
    laser: laser === true,
    down: down === true,
    selected: Array.isArray(selected) ? selected.slice(0, SELECTED_MAX).filter(isId) : [],
    view: x !== undefined && width! > 0 && height! > 0 ? [x, y!, width!, height!] : null,
  };
}

function numbers(value: unknown, count: number): number[] | null {
  if (!Array.isArray(value) || value.length !== count) return null;
  return value.every((number) => typeof number === 'number' && Math.abs(number) <= COORDINATE_MAX) ? value : null;
}
