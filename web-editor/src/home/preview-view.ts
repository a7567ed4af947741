/** Draws a preview: a document as a tiny typeset page, a board as a line drawing. Checked values become nodes, never markup. */
import type { Block, Preview, Shape } from '../api/preview';
import { el } from '../page/dom';

const SVG = 'http://www.w3.org/2000/svg';
/** Part of the board's longer side left free around it. */
const MARGIN = 0.06;
const TEXT_LINES_MAX = 3;
const INK = '#1e1e1e';

/** A picture of the preview; null when there is nothing to see. */
export function drawPreview(preview: Preview): Element | null {
  if (preview.kind === 'document') return drawPage(preview.blocks);
  return preview.kind === 'whiteboard' ? drawBoard(preview.bounds, preview.shapes) : null;
}

function drawPage(blocks: Block[]): HTMLElement {
  let count = 0;
  const drawn = blocks.map((block) => {
    count = block.type === 'number' ? count + 1 : 0;
    return drawBlock(block, count);
  });
  return el('div', { class: 'page' }, ...drawn);
}

function drawBlock({ type, level, checked, text }: Block, count: number): HTMLElement {
  const number = type === 'number' ? `${count}.` : undefined;
  const line = el('p', { dir: 'auto', 'data-type': type, 'data-level': type === 'heading' ? level : undefined, 'data-number': number }, text);
  if (type === 'task' && checked) line.dataset.checked = '';
  return line;
}

function drawBoard([x, y, width, height]: [number, number, number, number], shapes: Shape[]): SVGSVGElement {
  const margin = Math.max(width, height) * MARGIN;
  const drawing = node('svg', {
    class: 'drawing',
    viewBox: [x - margin, y - margin, width + 2 * margin, height + 2 * margin].map(round).join(' '),
    preserveAspectRatio: 'xMidYMid meet',
  });
  drawing.append(...shapes.map(drawShape));
  return drawing as SVGSVGElement;
}

function drawShape(shape: Shape): SVGElement {
  const { type, x, y, width, height, angle, stroke, fill } = shape;
  const drawn = outline(shape);
  if (type === 'text') drawn.setAttribute('fill', stroke ?? INK);
  else {
    if (stroke) drawn.setAttribute('stroke', stroke);
    if (fill) drawn.setAttribute('fill', fill);
  }
  drawn.setAttribute('data-type', type);
  if (angle) drawn.setAttribute('transform', `rotate(${round((angle * 180) / Math.PI)} ${round(x + width / 2)} ${round(y + height / 2)})`);
  return drawn;
}

function outline(shape: Shape): SVGElement {
  const { type, x, y, width, height } = shape;
  const [middle, centre] = [x + width / 2, y + height / 2];
  switch (type) {
    case 'ellipse':
      return node('ellipse', { cx: middle, cy: centre, rx: width / 2, ry: height / 2 });
    case 'diamond':
      return node('polygon', { points: pairs([middle, y, x + width, centre, middle, y + height, x, centre]) });
    case 'line':
    case 'arrow':
    case 'draw':
      return stroke(shape);
    case 'text':
      return words(shape);
    default:
      return node('rect', { x, y, width, height, rx: Math.min(width, height) * 0.08 });
  }
}

function stroke({ type, x, y, width, height, points }: Shape): SVGElement {
  const whole = points.length >= 4 ? points : [0, 0, width, height];
  const placed = whole.map((value, at) => value + (at % 2 ? y : x));
  return node('polyline', { points: pairs(type === 'arrow' ? withHead(placed) : placed) });
}

/** An arrow's line goes on back and forth along the two sides of its head. */
function withHead(line: number[]): number[] {
  const [fromX, fromY, x, y] = line.slice(-4) as [number, number, number, number];
  const direction = Math.atan2(y - fromY, x - fromX);
  const size = Math.min(20, Math.hypot(x - fromX, y - fromY) / 2);
  const side = (turn: number) => [x - size * Math.cos(direction + turn), y - size * Math.sin(direction + turn)];
  return [...line, ...side(0.45), x, y, ...side(-0.45)];
}

function words({ x, y, width, height, text }: Shape): SVGElement {
  const lines = text.split('\n').slice(0, TEXT_LINES_MAX);
  // The height tells the size of the letters unless the text was wrapped; then its length does.
  const size = Math.max(1, Math.min(height / lines.length / 1.25, (width / Math.max(1, text.length)) * 2.2));
  const drawn = node('text', { x, y: y + height / 2, 'font-size': size, 'dominant-baseline': 'central' });
  drawn.textContent = lines.join(' ');
  return drawn;
}

function node(tag: string, attributes: Record<string, string | number>): SVGElement {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, typeof value === 'number' ? round(value) : value);
  return made;
}

function pairs(numbers: number[]): string {
  return numbers.map(round).join(' ');
}

function round(value: number): string {
  return String(Math.round(value * 100) / 100);
}
