/** The boards of the templates, as elements of the drawing library: one map an element, one key a property. */
import * as Y from 'yjs';

type Element = Record<string, unknown> & { id: string };

const INK = '#1e1e1e';
const BLUE = '#a5d8ff';
const YELLOW = '#ffec99';
const GREEN = '#b2f2bb';
const RED = '#ffc9c9';
const LINE_HEIGHT = 1.25;
/** Of the letters' size; the hand-drawn font is a little narrower, so that nothing is cut off. */
const LETTER_WIDTH = 0.62;
const GAP = 8;

interface Box {
  x: number;
  y: number;
  width: number;
  height: number;
  fill?: string;
  text?: string;
  type?: 'rectangle' | 'diamond' | 'ellipse';
}

class Sketch {
  readonly elements: Element[] = [];

  /** A shape, with its text bound to it. */
  box({ x, y, width, height, fill = 'transparent', text, type = 'rectangle' }: Box): Element {
    const shape = this.#add({ type, x, y, width, height, backgroundColor: fill, roundness: type === 'ellipse' ? null : { type: type === 'diamond' ? 2 : 3 } });
    if (!text) return shape;
    const label = this.text(text, 0, 0, 20);
    const place = { x: x + (width - (label.width as number)) / 2, y: y + (height - (label.height as number)) / 2 };
    Object.assign(label, place, { containerId: shape.id, textAlign: 'center', verticalAlign: 'middle' });
    shape.boundElements = [{ id: label.id, type: 'text' }];
    return shape;
  }

  text(text: string, x: number, y: number, fontSize: number): Element {
    const lines = text.split('\n');
    const longest = Math.max(...lines.map((line) => line.length));
    return this.#add({
      type: 'text',
      x,
      y,
      width: Math.ceil(longest * fontSize * LETTER_WIDTH),
      height: lines.length * fontSize * LINE_HEIGHT,
      text,
      originalText: text,
      fontSize,
      fontFamily: 5,
      textAlign: 'left',
      verticalAlign: 'top',
      containerId: null,
      autoResize: true,
      lineHeight: LINE_HEIGHT,
      roundness: null,
    });
  }

  /** An arrow between two shapes, from one's edge to the other's, that follows them when they move. */
  arrow(from: Element, to: Element, along: 'down' | 'right', label?: string): void {
    const [start, end] = [edge(from, along, 1), edge(to, along, 0)];
    const move = (along === 'down' ? [0, GAP] : [GAP, 0]) as [number, number];
    const [x, y] = [start[0] + move[0], start[1] + move[1]];
    const tip = [end[0] - move[0] - x, end[1] - move[1] - y] as [number, number];
    const arrow = this.#add({
      type: 'arrow',
      x,
      y,
      width: Math.abs(tip[0]),
      height: Math.abs(tip[1]),
      points: [[0, 0], tip],
      lastCommittedPoint: null,
      startBinding: { elementId: from.id, focus: 0, gap: GAP },
      endBinding: { elementId: to.id, focus: 0, gap: GAP },
      startArrowhead: null,
      endArrowhead: 'arrow',
      elbowed: false,
      roundness: { type: 2 },
    });
    for (const shape of [from, to]) shape.boundElements = [...((shape.boundElements as unknown[] | null) ?? []), { id: arrow.id, type: 'arrow' }];
    if (label) this.text(label, x + tip[0] / 2 + 12, y + tip[1] / 2 - (along === 'right' ? 34 : 10), 16);
  }

  #add(own: Record<string, unknown>): Element {
    const element: Element = {
      id: randomId(),
      angle: 0,
      strokeColor: INK,
      backgroundColor: 'transparent',
      fillStyle: 'solid',
      strokeWidth: 2,
      strokeStyle: 'solid',
      roughness: 1,
      opacity: 100,
      groupIds: [],
      frameId: null,
      index: orderKey(this.elements.length),
      seed: random(),
      version: 1,
      versionNonce: random(),
      isDeleted: false,
      boundElements: null,
      updated: Date.now(),
      link: null,
      locked: false,
      ...own,
    };
    this.elements.push(element);
    return element;
  }
}

function edge(element: Element, along: 'down' | 'right', end: 0 | 1): [number, number] {
  const [x, y, width, height] = [element.x, element.y, element.width, element.height] as [number, number, number, number];
  return along === 'down' ? [x + width / 2, y + end * height] : [x + end * width, y + height / 2];
}

const BOARDS: Record<string, (sketch: Sketch) => void> = {
  kanban: (sketch) => columns(sketch, [
    ['To do', BLUE, ['Write it down', 'Pull it over']],
    ['Doing', YELLOW, ['One thing at a time']],
    ['Done', GREEN, ['Well done']],
  ]),
  retrospective: (sketch) => columns(sketch, [
    ['Went well', GREEN, ['Keep doing this', '']],
    ['To improve', RED, ['Try differently', '']],
    ['Actions', BLUE, ['Who, what, when']],
  ]),
  flow: (sketch) => {
    const start = sketch.box({ type: 'ellipse', x: 60, y: 0, width: 180, height: 80, fill: GREEN, text: 'Start' });
    const step = sketch.box({ x: 40, y: 160, width: 220, height: 90, fill: BLUE, text: 'Do something' });
    const choice = sketch.box({ type: 'diamond', x: 20, y: 330, width: 260, height: 160, fill: YELLOW, text: 'Good?' });
    const end = sketch.box({ type: 'ellipse', x: 60, y: 580, width: 180, height: 80, fill: GREEN, text: 'Done' });
    const again = sketch.box({ x: 420, y: 365, width: 220, height: 90, fill: RED, text: 'Improve it' });
    sketch.arrow(start, step, 'down');
    sketch.arrow(step, choice, 'down');
    sketch.arrow(choice, end, 'down', 'Yes');
    sketch.arrow(choice, again, 'right', 'No');
  },
};

const COLUMN = { width: 280, height: 560, gap: 40, top: 60 };
const NOTE = { width: 240, height: 110, gap: 20 };

function columns(sketch: Sketch, all: [title: string, fill: string, notes: string[]][]): void {
  all.forEach(([title, fill, notes], at) => {
    const x = at * (COLUMN.width + COLUMN.gap);
    sketch.text(title, x + 4, 8, 28);
    sketch.box({ x, y: COLUMN.top, width: COLUMN.width, height: COLUMN.height });
    notes.forEach((text, number) => {
      const y = COLUMN.top + NOTE.gap + number * (NOTE.height + NOTE.gap);
      sketch.box({ x: x + NOTE.gap, y, width: NOTE.width, height: NOTE.height, fill, text });
    });
  });
}

/** Writes the template's elements into the board's root map. */
export function writeBoard(id: string, elements: Y.Map<unknown>): void {
  const sketch = new Sketch();
  BOARDS[id]?.(sketch);
  for (const element of sketch.elements) elements.set(element.id, new Y.Map(Object.entries(element)));
}

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The library's order keys: `a0` to `az`, then `b00` on. */
function orderKey(at: number): string {
  const base = DIGITS.length;
  if (at < base) return `a${DIGITS[at]}`;
  const rest = at - base;
  return `b${DIGITS[Math.floor(rest / base)]}${DIGITS[rest % base]}`;
}

function random(): number {
  return crypto.getRandomValues(new Uint32Array(1))[0]! >>> 1;
}

function randomId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (byte) => DIGITS[byte % DIGITS.length]).join('');
}
