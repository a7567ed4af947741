/** The scrubber: how much was written when and by whom, with versions as marks. Time without edits takes no room. */
import type { Version } from '../api/history';
import { el } from '../page/dom';
import type { Film } from './film';
import type { Writers } from './people';

export interface TimelineOptions {
  film: Film;
  writers: Writers;
  seek: (index: number) => void;
  /** As a screen reader says it. */
  words: (index: number) => string;
}

const BIN_PX = 4;
const BINS_MAX = 600;
const MARKS_MAX = 400;
const LABEL_GAP_PX = 6;
/** Of so few edits each is wide enough to be seen. */
const BINS_AN_EDIT = 12;
/** The tallest part of this many may be cut off, so that one burst does not flatten the rest. */
const TALLEST_SHARE = 0.02;

export class Timeline {
  readonly root: HTMLElement;
  readonly slider: HTMLElement;
  readonly #options: TimelineOptions;
  readonly #canvas = el('canvas', { class: 'history-activity', 'aria-hidden': 'true' });
  readonly #thumb = el('i', { class: 'history-thumb' });
  readonly #marks = el('div', { class: 'history-marks', 'aria-hidden': 'true' });
  readonly #resized = new ResizeObserver(() => {
    this.draw();
    this.#label();
  });

  constructor(options: TimelineOptions) {
    this.#options = options;
    this.slider = el('div', { class: 'history-slider', role: 'slider', tabindex: 0, 'aria-label': 'Moment', 'aria-valuemin': 0, 'aria-valuemax': options.film.count, 'aria-orientation': 'horizontal' }, this.#canvas, this.#thumb);
    this.root = el('div', { class: 'history-track' }, this.#marks, this.slider);
    this.slider.addEventListener('pointerdown', (event) => this.#down(event));
    this.slider.addEventListener('pointermove', (event) => this.slider.hasPointerCapture(event.pointerId) && this.#seek(event));
    this.#resized.observe(this.slider);
  }

  show(index: number, position = this.#options.film.position(index)): void {
    this.slider.setAttribute('aria-valuenow', String(index));
    this.slider.setAttribute('aria-valuetext', this.#options.words(index));
    this.slider.style.setProperty('--at', String(this.#share(position)));
  }

  /** Draws the marks of versions that people or restores made. */
  mark(versions: readonly Version[]): void {
    const { film, seek } = this.#options;
    const made = versions.filter(({ kind }) => kind !== 'auto').slice(0, MARKS_MAX).reverse();
    this.#marks.replaceChildren(...made.map(({ kind, label, at }) => {
      const index = film.indexAt(at);
      const share = this.#share(film.position(index));
      const mark = el('button', { type: 'button', class: 'history-mark', tabindex: -1, title: label, 'data-kind': kind, onclick: () => seek(index) }, kind === 'named' ? el('span', { dir: 'auto' }, label) : null);
      mark.style.setProperty('--at', String(share));
      return mark;
    }));
    this.#label();
  }

  /** Of names that would lie on one another the first is shown; the list has them all. */
  #label(): void {
    const width = this.#marks.clientWidth;
    if (width === 0) return;
    const labels = [...this.#marks.querySelectorAll('span')].map((span) => ({ span, wide: span.offsetWidth, at: Number(span.parentElement!.style.getPropertyValue('--at')) * width }));
    let free = -Infinity;
    for (const { span, wide, at } of labels) {
      const end = at + wide > width;
      const start = end ? at - wide : at;
      span.parentElement!.dataset.end = String(end);
      const shown = start >= free;
      span.dataset.shown = String(shown);
      if (shown) free = start + wide + LABEL_GAP_PX;
    }
  }

  draw(): void {
    const { film, writers } = this.#options;
    const { clientWidth: width, clientHeight: height } = this.slider;
    if (width === 0 || film.count === 0) return;
    const scale = devicePixelRatio || 1;
    this.#canvas.width = width * scale;
    this.#canvas.height = height * scale;
    const context = this.#canvas.getContext('2d');
    if (!context) return;
    context.scale(scale, scale);
    const bins = activity(film, Math.min(BINS_MAX, Math.max(1, Math.floor(width / BIN_PX)), film.count * BINS_AN_EDIT));
    const totals = bins.map(({ total }) => total).filter((total) => total > 0).sort((a, b) => b - a);
    const most = totals[Math.floor(totals.length * TALLEST_SHARE)]!;
    const step = width / bins.length;
    bins.forEach(({ total, by }, at) => {
      // A few edits must be seen beside thousands.
      const tall = total === 0 ? 0 : Math.max(3, Math.sqrt(Math.min(1, total / most)) * (height - 8));
      let y = height;
      for (const [who, count] of by) {
        const part = (count / total) * tall;
        y -= part;
        context.fillStyle = writers.get(who).color;
        context.fillRect(at * step + 0.5, y, Math.max(1, step - 1), part);
      }
    });
  }

  destroy(): void {
    this.#resized.disconnect();
  }

  #share(position: number): number {
    const { duration } = this.#options.film;
    return duration > 0 ? Math.min(1, position / duration) : 0;
  }

  #down(event: PointerEvent): void {
    if (event.button !== 0) return;
    this.slider.setPointerCapture(event.pointerId);
    this.slider.focus({ preventScroll: true });
    event.preventDefault();
    this.#seek(event);
  }

  #seek({ clientX }: PointerEvent): void {
    const { left, width } = this.slider.getBoundingClientRect();
    const share = Math.min(1, Math.max(0, (clientX - left) / width));
    const { film, seek } = this.#options;
    seek(film.indexAtPosition(share * film.duration));
  }
}

export interface Bin {
  total: number;
  by: Map<number, number>;
}

/** Edits in equal parts of the time that is played. */
export function activity(film: Film, parts: number): Bin[] {
  const bins = Array.from({ length: parts }, (): Bin => ({ total: 0, by: new Map() }));
  for (let at = 0; at < film.count; at += 1) {
    const share = film.duration > 0 ? film.position(at + 1) / film.duration : 0;
    const bin = bins[Math.min(parts - 1, Math.floor(share * parts))]!;
    bin.total += 1;
    bin.by.set(film.who(at), (bin.by.get(film.who(at)) ?? 0) + 1);
  }
  return bins;
}
