/** The box around an element, before it is turned. Pure. */
import type { Shape } from './entry';

export interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  /** Radians, about the middle. */
  angle: number;
}

const known = new WeakMap<Shape, { version: number; box: Box }>();

export function boxOf(shape: Shape): Box {
  const kept = known.get(shape);
  if (kept?.version === shape.version) return kept.box;
  const box = { ...measured(shape), angle: Number(shape.angle) || 0 };
  known.set(shape, { version: shape.version, box });
  return box;
}

/** Lines start anywhere in their box. */
function measured(shape: Shape): Omit<Box, 'angle'> {
  const [x, y, width, height] = [shape.x, shape.y, shape.width, shape.height].map(Number) as [number, number, number, number];
  const points = shape.points as readonly (readonly [number, number])[] | undefined;
  if (!Array.isArray(points) || points.length === 0) return { x, y, width, height };
  let [left, top, right, bottom] = [0, 0, 0, 0];
  for (const [px, py] of points) {
    left = Math.min(left, px);
    top = Math.min(top, py);
    right = Math.max(right, px);
    bottom = Math.max(bottom, py);
  }
  return { x: x + left, y: y + top, width: right - left, height: bottom - top };
}
