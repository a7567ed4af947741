/** Small pictures of documents: asked for, remembered for this tab, and checked value by value before anything is drawn. */
import { request } from './request';

const BLOCK_TYPES = ['heading', 'paragraph', 'bullet', 'number', 'task', 'quote', 'code', 'image', 'rule', 'table'] as const;
const SHAPE_TYPES = ['rectangle', 'ellipse', 'diamond', 'line', 'arrow', 'draw', 'text', 'image', 'frame'] as const;
export const BLOCKS_MAX = 24;
export const BLOCK_CHARS_MAX = 160;
export const SHAPES_MAX = 200;
export const POINT_NUMBERS_MAX = 64;
const SHAPE_CHARS_MAX = 80;
/** Beyond this nothing is drawn anyway, and sums of a few stay exact. */
const COORDINATE_MAX = 1e7;
const KEPT_CHARS_MAX = 40_000;
const KEPT_PREFIX = 'weft-preview:';

export interface Block {
  type: (typeof BLOCK_TYPES)[number];
  /** 1 to 3, of headings. */
  level: number;
  checked: boolean;
  text: string;
}

export interface Shape {
  type: (typeof SHAPE_TYPES)[number];
  x: number;
  y: number;
  width: number;
  height: number;
  /** Radians. */
  angle: number;
  /** `#rrggbb` and the like, or null for the page's own ink or no fill. */
  stroke: string | null;
  fill: string | null;
  /** x,y,x,y from the shape's own corner. */
  points: number[];
  text: string;
}

export type Preview =
  | { kind: 'empty' }
  | { kind: 'document'; blocks: Block[] }
  | { kind: 'whiteboard'; bounds: [number, number, number, number]; shapes: Shape[] };

export interface Kept {
  etag: string;
  preview: Preview;
}

/** What is known of this preview already: to be shown at once, while the server is asked whether it still holds. */
export function keptPreview(name: string): Kept | null {
  try {
    const { etag, preview } = JSON.parse(sessionStorage.getItem(KEPT_PREFIX + name) ?? '{}') as Record<string, unknown>;
    const checked = parsePreview(preview);
    return typeof etag === 'string' && checked ? { etag, preview: checked } : null;
  } catch {
    return null;
  }
}

/** Asks for a preview; the one kept if it still holds. Throws a `Problem`. */
export async function fetchPreview(name: string, kept: Kept | null, signal: AbortSignal): Promise<Preview> {
  const url = `/api/documents/${encodeURIComponent(name)}/preview`;
  const response = await request(url, { headers: kept ? { 'if-none-match': kept.etag } : {}, signal });
  if (response.status === 304 && kept) return kept.preview;
  const preview = parsePreview(await response.json().catch(() => null)) ?? { kind: 'empty' };
  keep(name, response.headers.get('etag'), preview);
  return preview;
}

function keep(name: string, etag: string | null, preview: Preview): void {
  if (!etag) return;
  const text = JSON.stringify({ etag, preview });
  try {
    if (text.length <= KEPT_CHARS_MAX) sessionStorage.setItem(KEPT_PREFIX + name, text);
  } catch {
    forgetPreviews();
  }
}

/** A full storage is emptied: the pictures come back from the server. */
function forgetPreviews(): void {
  try {
    for (const key of Object.keys(sessionStorage)) if (key.startsWith(KEPT_PREFIX)) sessionStorage.removeItem(key);
  } catch {
    // Without storage nothing was kept.
  }
}

/** Takes what is well-formed out of an answer; null when it is no preview at all. */
export function parsePreview(value: unknown): Preview | null {
  if (!isRecord(value)) return null;
  if (value.kind === 'empty') return { kind: 'empty' };
  if (value.kind === 'document') {
    const blocks = list(value.blocks, BLOCKS_MAX).map(block).filter((found) => found !== null);
    return blocks.length ? { kind: 'document', blocks } : { kind: 'empty' };
  }
  if (value.kind !== 'whiteboard') return null;
  const shapes = list(value.shapes, SHAPES_MAX).map(shape).filter((found) => found !== null);
  return shapes.length ? { kind: 'whiteboard', bounds: bounds(value.bounds, shapes), shapes } : { kind: 'empty' };
}

function block(value: unknown): Block | null {
  if (!isRecord(value)) return null;
  const type = BLOCK_TYPES.find((known) => known === value.type);
  if (!type) return null;
  const level = Math.min(3, Math.max(1, Math.round(number(value.level, 1))));
  return { type, level, checked: value.checked === true, text: line(value.text, BLOCK_CHARS_MAX) };
}

function shape(value: unknown): Shape | null {
  if (!isRecord(value)) return null;
  const type = SHAPE_TYPES.find((known) => known === value.type);
  const [x, y] = [coordinate(value.x), coordinate(value.y)];
  if (!type || x === null || y === null) return null;
  return {
    type,
    x,
    y,
    width: Math.abs(coordinate(value.width) ?? 0),
    height: Math.abs(coordinate(value.height) ?? 0),
    angle: number(value.angle, 0) % (2 * Math.PI),
    stroke: colour(value.stroke),
    fill: colour(value.fill),
    points: points(value.points),
    text: line(value.text, SHAPE_CHARS_MAX),
  };
}

/** The area to show: what the server says if that is one, else what the shapes cover. */
function bounds(value: unknown, shapes: Shape[]): [number, number, number, number] {
  const given = list(value, 4).map(coordinate);
  const [x, y, width, height] = given;
  if (x != null && y != null && width != null && height != null && width > 0 && height > 0) return [x, y, width, height];
  const left = Math.min(...shapes.map((one) => one.x));
  const top = Math.min(...shapes.map((one) => one.y));
  const right = Math.max(...shapes.map((one) => one.x + one.width));
  const bottom = Math.max(...shapes.map((one) => one.y + one.height));
  return [left, top, Math.max(1, right - left), Math.max(1, bottom - top)];
}

/** Pairs of numbers up to the first that is none. */
function points(value: unknown): number[] {
  const all = list(value, POINT_NUMBERS_MAX).map(coordinate);
  const broken = all.indexOf(null);
  const sound = (broken < 0 ? all : all.slice(0, broken)) as number[];
  return sound.slice(0, sound.length - (sound.length % 2));
}

/** Only hexadecimal colours: nothing else can be an address or a style. */
function colour(value: unknown): string | null {
  if (typeof value !== 'string' || !/^#(?:[0-9a-f]{3,4}|[0-9a-f]{6}|[0-9a-f]{8})$/i.test(value)) return null;
  return value.toLowerCase();
}

function coordinate(value: unknown): number | null {
  return typeof value === 'number' && Math.abs(value) <= COORDINATE_MAX ? value : null;
}

function number(value: unknown, otherwise: number): number {
  return typeof value === 'number' && Number.isFinite(value) ? value : otherwise;
}

function line(value: unknown, max: number): string {
  if (typeof value !== 'string') return '';
  return value.slice(0, max).replace(/[\p{Cc}\p{Zl}\p{Zp}\u202a-\u202e\u2066-\u2069]+/gu, ' ').trim();
}

function list(value: unknown, max: number): unknown[] {
  return Array.isArray(value) ? value.slice(0, max) : [];
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}
