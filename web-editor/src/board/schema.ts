/** Which properties of which elements live in the document, how each is read, and what stands for it when it is missing. Pure. */
import * as values from './values';
import { isIndex } from './order';
import type { Read } from './values';

interface Property {
  read: Read;
  /** Stands in for a missing or unusable value; without one such an element is not shown. */
  fallback?: unknown;
  /** Not written into a new element while it equals the fallback. */
  quiet?: true;
}

type Properties = Readonly<Record<string, Property>>;

const required = (read: Read): Property => ({ read });
const or = (read: Read, fallback: unknown): Property => ({ read, fallback });
const quiet = (read: Read, fallback: unknown): Property => ({ read, fallback, quiet: true });

const { coordinate, size, within, colour, yesNo, id, text, oneOf, orNull, listOf, record, tuple, whole } = values;

const COMMON: Properties = {
  x: required(coordinate),
  y: required(coordinate),
  width: required(size),
  height: required(size),
  angle: quiet(within(-100, 100), 0),
  strokeColor: or(colour, '#1e1e1e'),
  backgroundColor: or(colour, 'transparent'),
  fillStyle: quiet(oneOf('solid', 'hachure', 'cross-hatch', 'zigzag'), 'solid'),
  strokeWidth: quiet(within(0.1, 100), 2),
  strokeStyle: quiet(oneOf('solid', 'dashed', 'dotted'), 'solid'),
  roundness: quiet(orNull(record({ type: oneOf(1, 2, 3), 'value?': within(0, 10_000) })), null),
  roughness: quiet(within(0, 5), 1),
  opacity: quiet(within(0, 100), 100),
  seed: or(whole, 1),
  index: or((value) => (isIndex(value) ? value : undefined), null),
  isDeleted: quiet(yesNo, false),
  groupIds: quiet(listOf(id), []),
  frameId: quiet(orNull(id), null),
  boundElements: quiet(orNull(listOf(record({ id, type: oneOf('arrow', 'text') }))), null),
  link: quiet(orNull(values.link), null),
  locked: quiet(yesNo, false),
};

const TEXT: Properties = {
  text: required(text),
  // Missing as long as nothing is wrapped.
  originalText: quiet(orNull(text), null),
  fontSize: or(within(1, 5_000), 20),
  fontFamily: or(oneOf(1, 2, 3, 4, 5, 6, 7, 8, 9), 5),
  textAlign: quiet(oneOf('left', 'center', 'right'), 'left'),
  verticalAlign: quiet(oneOf('top', 'middle', 'bottom'), 'top'),
  containerId: quiet(orNull(id), null),
  autoResize: quiet(yesNo, true),
  lineHeight: quiet(within(0.5, 5), 1.25),
};

const bound = record({ elementId: id, focus: within(-1e6, 1e6), gap: within(-1e6, 1e6), 'fixedPoint?': orNull(tuple(within(-1e6, 1e6), within(-1e6, 1e6))) });
const arrowhead = oneOf(
  'arrow', 'bar', 'dot', 'circle', 'circle_outline', 'triangle', 'triangle_outline', 'diamond', 'diamond_outline',
  'crowfoot_one', 'crowfoot_many', 'crowfoot_one_or_many',
);

const LINE: Properties = {
  points: required(values.corners),
  startBinding: quiet(orNull(bound), null),
  endBinding: quiet(orNull(bound), null),
  startArrowhead: quiet(orNull(arrowhead), null),
  endArrowhead: quiet(orNull(arrowhead), null),
};

const ARROW: Properties = {
  ...LINE,
  elbowed: quiet(yesNo, false),
  fixedSegments: quiet(orNull(listOf(record({ start: values.point, end: values.point, index: within(0, 10_000) }))), null),
  startIsSpecial: quiet(orNull(yesNo), null),
  endIsSpecial: quiet(orNull(yesNo), null),
};

const IMAGE: Properties = {
  fileId: quiet(orNull(id), null),
  scale: quiet(tuple(within(-1, 1), within(-1, 1)), [1, 1]),
  crop: quiet(
    orNull(record({ x: coordinate, y: coordinate, width: size, height: size, naturalWidth: within(1, 100_000), naturalHeight: within(1, 100_000) })),
    null,
  ),
};

/** Points and pressures of a stroke have a list of their own each: see stroke.ts. */
const FREEDRAW: Properties = { simulatePressure: quiet(yesNo, true) };

/** Types that can draw; the others Excalidraw knows load pages of strangers or need a service. */
const TYPES = new Map<string, Properties>([
  ['rectangle', COMMON],
  ['diamond', COMMON],
  ['ellipse', COMMON],
  ['line', { ...COMMON, ...LINE }],
  ['arrow', { ...COMMON, ...ARROW }],
  ['freedraw', { ...COMMON, ...FREEDRAW }],
  ['text', { ...COMMON, ...TEXT }],
  ['image', { ...COMMON, ...IMAGE }],
  ['frame', { ...COMMON, name: quiet(orNull(text), null) }],
]);

const GRAINED = new Set(['x', 'y', 'width', 'height']);

export function propertiesOf(type: unknown): Properties | undefined {
  return typeof type === 'string' ? TYPES.get(type) : undefined;
}

/** The value of a property as the document holds it. */
export function encode(key: string, element: Readonly<Record<string, unknown>>): unknown {
  const value = element[key];
  if (GRAINED.has(key) && typeof value === 'number') return values.grain(value);
  if (key === 'points') return (value as number[][]).map(([x, y]) => [values.grain(x!), values.grain(y!)]);
  if (key === 'originalText') return value === element.text ? null : value;
  return value;
}

/** What a stored value means, the fallback included; undefined when it means nothing and has none. */
export function decode(property: Property, value: unknown): unknown {
  const read = value === undefined ? undefined : property.read(value);
  return read === undefined ? property.fallback : read;
}

/** Plain values, compared by content. */
export function same(a: unknown, b: unknown): boolean {
  if (Object.is(a, b)) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) !== Array.isArray(b)) return false;
  const [left, right] = [Object.keys(a), Object.keys(b)];
  const at = (from: object, key: string) => (from as Record<string, unknown>)[key];
  return left.length === right.length && left.every((key) => same(at(a, key), at(b, key)));
}
