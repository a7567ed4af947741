/** Between scene and screen. Pure. */
import type { Point } from './motion';

/** The part of Excalidraw's state that says what is on the screen; screen points are relative to the canvas. */
export interface Viewport {
  scrollX: number;
  scrollY: number;
  zoom: number;
  width: number;
  height: number;
}

export type Bounds = readonly [x: number, y: number, width: number, height: number];

export const ZOOM_MIN = 0.1;
export const ZOOM_MAX = 30;

export function toScreen({ scrollX, scrollY, zoom }: Viewport, { x, y }: Point): Point {
  return { x: (x + scrollX) * zoom, y: (y + scrollY) * zoom };
}

export function toScene({ scrollX, scrollY, zoom }: Viewport, { x, y }: Point): Point {
  return { x: x / zoom - scrollX, y: y / zoom - scrollY };
}

/** What of the scene is on the screen. */
export function boundsOf(view: Viewport): Bounds {
  return [-view.scrollX, -view.scrollY, view.width / view.zoom, view.height / view.zoom];
}

/** The same screen over another place: `bounds` whole and as large as fits. */
export function fitted(view: Viewport, [x, y, width, height]: Bounds): Viewport {
  const zoom = Math.min(ZOOM_MAX, Math.max(ZOOM_MIN, Math.min(view.width / width, view.height / height)));
  return centred({ ...view, zoom }, { x: x + width / 2, y: y + height / 2 });
}

export function centred(view: Viewport, { x, y }: Point): Viewport {
  return { ...view, scrollX: view.width / view.zoom / 2 - x, scrollY: view.height / view.zoom / 2 - y };
}

export interface Edge extends Point {
  /** Towards the point outside, in radians; 0 is right. */
  angle: number;
}

/** Where on the edge of the screen a hint at a point outside belongs; null for a point on the screen. */
export function edgeOf({ width, height }: Viewport, { x, y }: Point, margin: number): Edge | null {
  if (x >= 0 && y >= 0 && x <= width && y <= height) return null;
  const [dx, dy] = [x - width / 2, y - height / 2];
  const reach = Math.min((width / 2 - margin) / Math.abs(dx || 1e-9), (height / 2 - margin) / Math.abs(dy || 1e-9));
  return { x: width / 2 + dx * reach, y: height / 2 + dy * reach, angle: Math.atan2(dy, dx) };
}
