/** Fills cards with their previews as they come into view, a few at a time. */
import { fetchPreview, keptPreview, type Preview } from '../api/preview';
import { drawPreview } from './preview-view';

/** Previews asked for at the same time. */
const ASKED_MAX = 4;
/** Cards this close to the window are as good as visible. */
const AHEAD_PX = 240;

export class Previews {
  readonly #waiting = new Set<HTMLElement>();
  readonly #asked = new Map<HTMLElement, AbortController>();
  readonly #observer = new IntersectionObserver((entries) => this.#seen(entries), { rootMargin: `${AHEAD_PX}px` });

  /** Draws into `frame`, whose `data-name` names the document, once it is in view. */
  watch(frame: HTMLElement): void {
    const kept = keptPreview(frame.dataset.name ?? '');
    if (kept) fill(frame, kept.preview);
    this.#observer.observe(frame);
  }

  forget(frame: HTMLElement): void {
    this.#observer.unobserve(frame);
    this.#waiting.delete(frame);
    this.#asked.get(frame)?.abort();
  }

  #seen(entries: IntersectionObserverEntry[]): void {
    for (const { target, isIntersecting } of entries) {
      const frame = target as HTMLElement;
      // Whoever scrolls past a card does not wait for it.
      if (!isIntersecting) this.#waiting.delete(frame);
      else if (!this.#asked.has(frame)) this.#waiting.add(frame);
    }
    this.#ask();
  }

  #ask(): void {
    for (const frame of this.#waiting) {
      if (this.#asked.size >= ASKED_MAX) return;
      this.#waiting.delete(frame);
      this.#observer.unobserve(frame);
      void this.#load(frame);
    }
  }

  async #load(frame: HTMLElement): Promise<void> {
    const asking = new AbortController();
    this.#asked.set(frame, asking);
    const name = frame.dataset.name ?? '';
    try {
      fill(frame, await fetchPreview(name, keptPreview(name), asking.signal));
    } catch {
      // Without a picture the card is as good; what is drawn already stays.
      if (frame.dataset.state === 'waiting') frame.dataset.state = 'none';
    } finally {
      this.#asked.delete(frame);
      this.#ask();
    }
  }
}

/** Event at a frame whose content turned out to be of a kind; `detail` is the kind. */
export const KIND_SEEN = 'weft-kind';

function fill(frame: HTMLElement, preview: Preview): void {
  if (preview.kind !== 'empty') frame.dispatchEvent(new CustomEvent(KIND_SEEN, { detail: preview.kind }));
  const drawn = drawPreview(preview);
  const text = JSON.stringify(preview);
  // The same picture again would only flicker.
  if (frame.dataset.state === 'drawn' && drawnFrom.get(frame) === text) return;
  drawnFrom.set(frame, text);
  frame.dataset.state = drawn ? 'drawn' : 'none';
  frame.replaceChildren(...(drawn ? [drawn] : []));
}

const drawnFrom = new WeakMap<HTMLElement, string>();
