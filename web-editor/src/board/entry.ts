/** One element between its entry in the document (a Y.Map) and the scene. Pure. */
import * as Y from 'yjs';
import { everTyped, readLetters } from './letters';
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

/** Keys of a text besides its properties: its letters, and how many had ever been typed when it was deleted. */
export const LETTERS = 'letters';
export const TYPED_BEFORE_DELETION = 'typedBeforeDeletion';
const WORDS = ['text', 'originalText'];

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
  if (type === 'text') return withLetters(entry, values);
  if (type !== 'freedraw') return values;
  for (const list of LISTS) values[list] = readList(list, entry.get(list));
  return (values.points as number[]).length > 0 ? values : null;
}

/** The letters of a text; null while it is a plain string. */
export function lettersIn(entry: Entry): Y.Text | null {
  const letters = entry.get(LETTERS);
  return letters instanceof Y.Text ? letters : null;
}

/** Whether the strings beside the letters, with size and line breaks, are of another text than the letters are by now. */
export function isStale(entry: Entry): boolean {
  const letters = lettersIn(entry);
  return letters !== null && readLetters(letters).text !== plainText(entry);
}

/** A deletion holds until somebody types who did not know of it. */
export function isDeleted(entry: Entry): boolean {
  if (entry.get('isDeleted') !== true) return false;
  const [letters, typed] = [lettersIn(entry), entry.get(TYPED_BEFORE_DELETION)];
  return !(letters && typeof typed === 'number' && everTyped(letters) > typed);
}

/** The string whoever does not know of letters reads. */
export function plainText(entry: Entry): string {
  const [whole, wrapped] = [entry.get('originalText'), entry.get('text')];
  return typeof whole === 'string' ? whole : typeof wrapped === 'string' ? wrapped : '';
}

/** The words of a text, as values or an element of the scene have them. */
export function wordsOf({ originalText, text }: Readonly<Record<string, unknown>>): string {
  return String(originalText ?? text);
}

/** The letters are what the text is; the strings are for who reads nothing else, and say where lines break. */
function withLetters(entry: Entry, values: Record<string, unknown>): Values {
  const letters = lettersIn(entry);
  if (!letters) return values;
  values.isDeleted = isDeleted(entry);
  if (!isStale(entry)) return values;
  return { ...values, text: readLetters(letters).text, originalText: null };
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
  if (values.type === 'text') entry.set(LETTERS, new Y.Text(wordsOf(values)));
  if (values.type === 'freedraw') for (const list of LISTS) entry.set(list, Y.Array.from([...(values[list] as number[])]));
  elements.set(id, entry);
}

/** Writes what is different from what was known of the element, and nothing else; words are written as letters, elsewhere. */
export function writeChanges(entry: Entry, values: Values, known: Values): void {
  for (const [key, value] of Object.entries(values)) {
    if (value === undefined || same(value, known[key])) continue;
    if (values.type === 'text' && WORDS.includes(key)) continue;
    if (values.type === 'freedraw' && (key === 'points' || key === 'pressures')) {
      writeList(entry, key, known[key] as number[], value as number[]);
    } else entry.set(key, value);
  }
}
