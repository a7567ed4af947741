/** Reads single values out of a document that strangers write to: each answers undefined for what must not reach the canvas. Pure. */

export type Read = (value: unknown) => unknown;

/** Far beyond what can be reached by hand at the smallest zoom. */
const COORDINATE_MAX = 10_000_000;
/** Filling takes time with the size: a hostile one must not stop the page. */
const SIZE_MAX = 100_000;
export const TEXT_CHARS_MAX = 100_000;
const LINEAR_POINTS_MAX = 2_000;
export const STROKE_NUMBERS_MAX = 100_000;
const LIST_MAX = 1_000;
const ID = /^[\w-]{1,64}$/;
const COLOUR = /^(?:#[0-9a-f]{3,8}|[a-z]{3,24}|(?:rgb|hsl)a?\([\d\s.,%/]{3,40}\))$/i;

/** What is finer than this nobody sees; such a number takes 5 bytes on the wire instead of 9, a whole one 2. */
const GRAIN = 64;

export function grain(value: number): number {
  const rounded = Math.round(value * GRAIN) / GRAIN;
  // Far out single precision is coarser than the grain; minus zero would be a difference nobody sees.
  return Math.fround(rounded) + 0;
}

export const isId = (value: unknown): value is string =>
  typeof value === 'string' && ID.test(value) && !(value in Object.prototype);

export const within = (min: number, max: number): Read => (value) =>
  typeof value === 'number' && value >= min && value <= max ? value : undefined;

export const coordinate = within(-COORDINATE_MAX, COORDINATE_MAX);
export const size = within(-SIZE_MAX, SIZE_MAX);
export const yesNo: Read = (value) => (typeof value === 'boolean' ? value : undefined);
export const colour: Read = (value) => (typeof value === 'string' && COLOUR.test(value) ? value : undefined);
export const id: Read = (value) => (isId(value) ? value : undefined);
export const oneOf = (...allowed: readonly unknown[]): Read => (value) => (allowed.includes(value) ? value : undefined);
/** Longer text is shown in part; the document keeps the whole. */
export const text: Read = (value) => (typeof value === 'string' ? value.slice(0, TEXT_CHARS_MAX) : undefined);
export const whole: Read = (value) => (Number.isSafeInteger(value) ? value : undefined);
export const orNull = (read: Read): Read => (value) => (value === null ? null : read(value));

export const listOf = (read: Read): Read => (value) => {
  if (!Array.isArray(value) || value.length > LIST_MAX) return undefined;
  const items = value.map(read);
  return items.includes(undefined) ? undefined : items;
};

export const tuple = (...reads: readonly Read[]): Read => (value) => {
  if (!Array.isArray(value) || value.length !== reads.length) return undefined;
  const items = reads.map((read, at) => read(value[at]));
  return items.includes(undefined) ? undefined : items;
};

/** Keys with a `?` may be missing; unknown keys are dropped. */
export const record = (shape: Record<string, Read>): Read => (value) => {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return undefined;
  const read: Record<string, unknown> = {};
  for (const [name, reader] of Object.entries(shape)) {
    const key = name.replace('?', '');
    const given = (value as Record<string, unknown>)[key];
    if (given === undefined && name.endsWith('?')) continue;
    const item = reader(given);
    if (item === undefined) return undefined;
    read[key] = item;
  }
  return read;
};

/** An address a click may open: the web or a place on this server, never a script. */
export const link: Read = (value) => {
  if (typeof value !== 'string' || value.length > 2_048) return undefined;
  return /^(?:https?:\/\/|mailto:|\/(?!\/))/i.test(value) ? value : undefined;
};

export const point: Read = tuple(size, size);

/** The corners of a line or an arrow. */
export const corners: Read = (value) => {
  if (!Array.isArray(value) || value.length < 1 || value.length > LINEAR_POINTS_MAX) return undefined;
  const points = value.map(point);
  return points.includes(undefined) ? undefined : points;
};
