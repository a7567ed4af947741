/** One element between its entry in the document (a Y.Map) and the scene. Pure. */
import * as Y from 'yjs';
import { decode, encode, propertiesOf, same } from './schema';
import { LISTS, flat, nested, readList, writeList } from './stroke';

/** An element of the scene, as Excalidraw holds it; it changes them in place and counts `version` up. */
export interface Shape {
  readonly id: string;
  readonly type: string;
  readonly version: number;
  readonly versionNonce: number;
  readonly isDeleted: boolean;
  readonly index: string | null;
  readonly [key: string]: unknown;
}

/** What the document holds of an element: usable values only, `type` included. */
export type Values = Readonly<Record<string, unknown>>;
export type Entry = Y.Map<unknown>;

/** The usable content of an entry; null if nothing can be shown for it. */
export function readEntry(entry: unknown): Values | null {
  if (!(entry instanceof Y.Map)) return null;
  const type: unknown = entry.get('type');
  const properties = propertiesOf(type);
  if (!properties) return null;
  const values: Record<string, unknown> = { type };
  for (const [key, property] of Object.entries(properties)) {
    const value = decode(property, entry.get(key));
    if (value === undefined) return null;
    values[key] = value;
  }
  if (type !== 'freedraw') return values;
  for (const list of LISTS) values[list] = readList(list, entry.get(list));
  return (values.points as number[]).length > 0 ? values : null;
}

/** The same of an element of the scene; null if it is of a type that is not shared. */
export function valuesOf(shape: Shape): Values | null {
  const properties = propertiesOf(shape.type);
  if (!properties) return null;
  const values: Record<string, unknown> = { type: shape.type };
  for (const key of Object.keys(properties)) values[key] = encode(key, shape);
  if (shape.type === 'freedraw') for (const list of LISTS) values[list] = flat(list, shape[list]);
  return values;
}

/** The properties of a scene's element that differ between two contents. */
export function changedProperties(next: Values, known: Values | undefined): Record<string, unknown> {
  const changed: Record<string, unknown> = {};
  for (const [key, value] of Object.entries(next)) {
    if (known && same(value, known[key])) continue;
    changed[key] = next.type === 'freedraw' && (key === 'points' || key === 'pressures') ? nested(key, value as number[]) : value;
  }
  if (next.type === 'text' && ('text' in changed || 'originalText' in changed)) changed.originalText = next.originalText ?? next.text;
  return changed;
}

/** What a scene's element has besides: nobody else's business. */
export function privateProperties(type: unknown): Record<string, unknown> {
  if (type === 'image') return { status: 'saved' };
  return type === 'line' || type === 'arrow' || type === 'freedraw' ? { lastCommittedPoint: null } : {};
}

/** Writes an element that the document does not have yet. */
export function writeNew(elements: Y.Map<unknown>, id: string, values: Values): void {
  const entry = new Y.Map<unknown>();
  const properties = propertiesOf(values.type)!;
  entry.set('type', values.type);
  for (const [key, { quiet, fallback }] of Object.entries(properties)) {
    const value = values[key];
    if (value !== undefined && !(quiet && same(value, fallback))) entry.set(key, value);
  }
  if (values.type === 'freedraw') for (const list of LISTS) entry.set(list, Y.Array.from([...(values[list] as number[])]));
  elements.set(id, entry);
}

/** Writes what is different from what was known of the element, and nothing else. */
export function writeChanges(entry: Entry, values: Values, known: Values): void {
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined || same(value, known[key])) continue;
    if (values.type === 'freedraw' && (key === 'points' || key === 'pressures')) {
      writeList(entry, key, known[key] as number[], value as number[]);
    } else entry.set(key, value);
  }
}
