/** What the marks in a flat text say, now and at a state before. Pure. */
import * as Y from 'yjs';
import { pathIn, type Attributes } from './outline';
import type { Change, Since } from './text-nodes';

export type State = { kind: 'same' | Change['kind']; who: number };

/** What the mark in front of a block says. */
export interface Said {
  type: string;
  in: string[];
  attributes: Attributes | null;
  inline: boolean;
}

export const SAME: State = { kind: 'same', who: 0 };
export const PARAGRAPH: Said = { type: 'paragraph', in: [], attributes: null, inline: false };

/** The map that an item of a text holds: a mark or an inline atom. */
export function typeIn({ content }: Y.Item): Y.Map<unknown> | null {
  return content instanceof Y.ContentType && content.type instanceof Y.Map ? content.type : null;
}

export function isInline(type: Y.Map<unknown>): boolean {
  return type._map.has('inline') && type.get('inline') === true;
}

function isKnown({ client, clock }: Y.ID, { sv }: Y.Snapshot): boolean {
  return clock < (sv.get(client) ?? 0);
}

/** Null for what is not to be shown. */
export function stateOf(item: Y.Item, since: Since | null): State | null {
  if (!since) return item.deleted ? null : SAME;
  const { client, clock } = item.id;
  const known = isKnown(item.id, since.before);
  if (!item.deleted) return known ? SAME : { kind: 'insert', who: since.inserted(client, clock) };
  if (!known || Y.isDeleted(since.before.ds, item.id)) return null;
  return { kind: 'delete', who: since.deleted(client, clock) };
}

/** A deleted mark behind which letters stay was no deletion: what is behind it went into the block before. */
export function markState(mark: Y.Item, since: Since | null, alive: boolean): State {
  const state = stateOf(mark, since) ?? SAME;
  if (state.kind === 'delete') return alive ? { ...state, kind: 'change' } : state;
  if (!since || state.kind !== 'same') return state;
  const type = typeIn(mark)!;
  const entries = [...type._map.values()].filter((entry) => !isKnown(entry.id, since.before) || (entry.deleted && !Y.isDeleted(since.before.ds, entry.id)));
  if (entries.length === 0) return state;
  const [now, then] = [saidBy(type, liveValue), saidBy(type, (entry) => valueBefore(entry, since.before))].map(looks);
  if (now === then) return state;
  const newest = entries.find(({ id }) => !isKnown(id, since.before));
  const who = newest ? since.inserted(newest.id.client, newest.id.clock) : since.deleted(entries[0]!.id.client, entries[0]!.id.clock);
  return { kind: 'change', who };
}

/** What of a block's mark is to be seen: not which of two like containers it is in. */
function looks({ type, in: path, attributes }: Said): string {
  const names = path.filter((_, at) => at % 2 === 0);
  const own = Object.keys(attributes ?? {}).sort().map((name) => [name, attributes![name]]);
  return JSON.stringify([type, names, own], (_key, value: unknown) => (typeof value === 'bigint' ? String(value) : value));
}

export function readerOf(item: Y.Item, since: Since | null): (entry: Y.Item) => unknown {
  return item.deleted && since ? (entry) => valueBefore(entry, since.before) : liveValue;
}

function liveValue(entry: Y.Item): unknown {
  return entry.deleted ? undefined : lastValue(entry);
}

/** The value that a key had, from its newest entry. */
export function valueBefore(entry: Y.Item, before: Y.Snapshot): unknown {
  let item: Y.Item | null = entry;
  while (item && !isKnown(item.id, before)) item = item.left;
  return item && !Y.isDeleted(before.ds, item.id) ? lastValue(item) : undefined;
}

function lastValue(item: Y.Item): unknown {
  return item.content.getContent()[item.length - 1];
}

export function saidBy(type: Y.Map<unknown>, value: (entry: Y.Item) => unknown): Said {
  const said: Said = { ...PARAGRAPH };
  const attributes = Object.create(null) as Record<string, unknown>;
  for (const [key, entry] of type._map) {
    const given = value(entry);
    if (given === undefined) continue;
    if (key.startsWith('.')) said.attributes = Object.assign(attributes, { [key.slice(1)]: given });
    else if (key === 'type' && typeof given === 'string') said.type = given;
    else if (key === 'in') said.in = pathIn(given);
    else if (key === 'inline') said.inline = given === true;
  }
  return said;
}
