/**
 * How a text is stored: one flat Y.Text whose blocks begin at marks in it. A change of structure changes a mark or an attribute
 * and never a letter, so it cannot take away what somebody else types meanwhile (docs/decisions/0015).
 *
 * - root `text`: the letters of all blocks in order, formats as text attributes; a line break within a block is "\n".
 * - block marks: embedded Y.Maps with `type`, `in` (the containers around it: name, id, name, id, …) and `.NAME` for attributes.
 * - inline atoms: embedded Y.Maps with `inline: true`.
 * - root `containers`: `ID.NAME` is an attribute of the container with this id.
 *
 * Everything read here is a stranger's input.
 */
import * as Y from 'yjs';

export const TEXT = 'text';
/** Where texts were before, as a tree. */
export const BODY = 'body';
export const CONTAINERS = 'containers';
/** Which letters are copies of which. */
export const MOVES = 'moves';
/** Says that the text is stored in this form: key `text`, a number. */
export const FORMAT = 'format';
export const VERSION = 1;

/** Nothing people write is nested deeper. */
export const DEPTH_MAX = 50;
const NAME_CHARS_MAX = 64;

/** A list, an item, a quote, a cell: what holds blocks. */
export interface Container {
  readonly name: string;
  readonly id: string;
}

/** What a block mark says. */
export interface Head {
  readonly type: string;
  readonly path: readonly Container[];
  readonly attributes: Readonly<Record<string, unknown>>;
  /** It has no text, as its app says of a type that is not known here. */
  readonly leaf: boolean;
}

export type Formats = Readonly<Record<string, unknown>>;

export const PLAIN: Head = { type: 'paragraph', path: [], attributes: {}, leaf: false };
export const NO_FORMATS: Formats = {};

/** The map of a block mark or an inline atom; null for everything else that can stand in a text. */
export function mapIn(item: Y.Item): Y.Map<unknown> | null {
  const { content } = item;
  return content instanceof Y.ContentType && content.type instanceof Y.Map ? (content.type as Y.Map<unknown>) : null;
}

export function isBlockMark(map: Y.Map<unknown>): boolean {
  return map.get('inline') !== true;
}

export function headOf(map: Y.Map<unknown>): Head {
  const type = map.get('type');
  const attributes: Record<string, unknown> = {};
  for (const [key, value] of map.entries()) {
    if (key.startsWith('.') && key !== '.__proto__' && key.length <= NAME_CHARS_MAX + 1 && isPlain(value)) attributes[key.slice(1)] = value;
  }
  return { type: isName(type) ? type : PLAIN.type, path: pathOf(map.get('in')), attributes, leaf: map.get('leaf') === true };
}

export function pathOf(value: unknown): readonly Container[] {
  if (!Array.isArray(value) || value.length === 0) return PLAIN.path;
  const path: Container[] = [];
  for (let at = 0; at + 1 < value.length && path.length < DEPTH_MAX; at += 2) {
    const [name, id] = [value[at] as unknown, value[at + 1] as unknown];
    if (isName(name) && isName(id)) path.push({ name, id });
  }
  return path;
}

export function pathValue(path: readonly Container[]): string[] {
  return path.flatMap(({ name, id }) => [name, id]);
}

export function isSameContainer(a: Container | undefined, b: Container | undefined): boolean {
  return a !== undefined && b !== undefined && a.id === b.id && a.name === b.name;
}

/** Attributes of a container, by their names. */
export function containerAttributes(containers: Y.Map<unknown>, id: string, names: Iterable<string>): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const name of names) {
    const value = containers.get(containerKey(id, name));
    if (value !== undefined && isPlain(value)) attributes[name] = value;
  }
  return attributes;
}

export function containerKey(id: string, name: string): string {
  return `${id}.${name}`;
}

/** The id of the container whose attribute this is. */
export function containerOfKey(key: string): string {
  const at = key.indexOf('.');
  return at < 0 ? key : key.slice(0, at);
}

const ALPHABET = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_';
const ID_CHARS = 9;

/** 54 bits of chance: two containers of one document do not meet in one id. */
export function newId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(ID_CHARS));
  return Array.from(bytes, (byte) => ALPHABET[byte & 63]).join('');
}

export function isFlat(doc: Y.Doc): boolean {
  const version = doc.getMap(FORMAT).get(TEXT);
  return (typeof version === 'number' && version >= VERSION) || doc.getText(TEXT).length > 0;
}

export function sameFormats(a: Formats, b: Formats): boolean {
  if (a === b) return true;
  const keys = Object.keys(a);
  return keys.length === Object.keys(b).length && keys.every((key) => sameValue(a[key], b[key]));
}

export function sameValue(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  return JSON.stringify(a) === JSON.stringify(b);
}

function isName(value: unknown): value is string {
  return typeof value === 'string' && value !== '' && value.length <= NAME_CHARS_MAX;
}

/** Shared types as values of attributes belong to no editor. */
export function isPlain(value: unknown): boolean {
  return !(value instanceof Y.AbstractType) && !(value instanceof Uint8Array) && !(value instanceof Y.Doc) && typeof value !== 'bigint';
}
