/** Z-order: fractional indices as Excalidraw writes them, compared as plain strings; ties by id. Pure. */

const INDEX_MAX = 200;

export interface Placed {
  readonly id: string;
  readonly index: unknown;
}

/** Whether Excalidraw can compute with this index; it throws on any other. */
export function isIndex(value: unknown): value is string {
  if (typeof value !== 'string' || value.length > INDEX_MAX || !/^[A-Za-z][0-9A-Za-z]+$/.test(value)) return false;
  const head = value.charCodeAt(0);
  // The first letter says how many digits the whole part has: a1, b10, …, and Zz, Yzz, … below them.
  const whole = head >= 97 ? head - 97 + 2 : 90 - head + 2;
  if (value.length < whole || (value.length > whole && value.endsWith('0'))) return false;
  return !/^A0+$/.test(value);
}

/** Sorts like Excalidraw does; those without a usable index come last. */
export function byIndex(a: Placed, b: Placed): number {
  const [left, right] = [isIndex(a.index) ? a.index : '~', isIndex(b.index) ? b.index : '~'];
  if (left !== right) return left < right ? -1 : 1;
  return a.id < b.id ? -1 : a.id > b.id ? 1 : 0;
}
