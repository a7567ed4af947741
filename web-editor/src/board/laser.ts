/** The trails of the others' laser pointers: drawn on a canvas of their own, fading within a second. */
import type { Point } from './motion';
import { toScreen, type Viewport } from './viewport';

const FADE_MS = 1_000;
const TRAIL_POINTS_MAX = 240;
const WIDTH_PX = 5;

interface Trail {
  color: string;
  points: (Point & { at: number; joined: boolean })[];
  lit: boolean;
}

export class Lasers {
  readonly #canvas: HTMLCanvasElement;
  readonly #trails = new Map<number, Trail>();

  constructor(canvas: HTMLCanvasElement) {
    this.#canvas = canvas;
  }

  /** Where a lit laser is now; null when it is not lit. */
  shine(client: number, color: string, point: Point | null, now: number): void {
    const trail = this.#trails.get(client);
    if (!point) {
      if (trail) trail.lit = false;
      return;
    }
    const kept = trail ?? { color, points: [], lit: false };
    kept.points.push({ x: point.x, y: point.y, at: now, joined: kept.lit });
    if (kept.points.length > TRAIL_POINTS_MAX) kept.points.shift();
    kept.color = color;
    kept.lit = true;
    this.#trails.set(client, kept);
  }

  /** Draws what is still to be seen; false when nothing is. */
  draw(view: Viewport, now: number): boolean {
    for (const [client, trail] of this.#trails) {
      trail.points = trail.points.filter(({ at }) => now - at < FADE_MS);
      if (trail.points.length === 0) this.#trails.delete(client);
    }
    const shown = this.#trails.size > 0;
    this.#canvas.hidden = !shown;
    if (shown) this.#paint(view, now);
    return shown;
  }

  #paint(view: Viewport, now: number): void {
    const ratio = devicePixelRatio;
    const [width, height] = [Math.round(view.width * ratio), Math.round(view.height * ratio)];
    if (this.#canvas.width !== width || this.#canvas.height !== height) Object.assign(this.#canvas, { width, height });
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    context.setTransform(ratio, 0, 0, ratio, 0, 0);
    context.clearRect(0, 0, view.width, view.height);
    context.lineCap = 'round';
    for (const { color, points } of this.#trails.values()) {
      context.strokeStyle = color;
      points.forEach((point, index) => {
        const left = 1 - (now - point.at) / FADE_MS;
        const [to, from] = [toScreen(view, point), toScreen(view, point.joined && index > 0 ? points[index - 1]! : point)];
        context.globalAlpha = left;
        context.lineWidth = 1 + WIDTH_PX * left;
        context.beginPath();
        context.moveTo(from.x, from.y);
        context.lineTo(to.x, to.y);
        context.stroke();
      });
    }
    context.globalAlpha = 1;
  }
}
