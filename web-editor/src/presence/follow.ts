/** Goes where somebody else is and stays with them, until one moves by oneself. */
import type { Awareness } from 'y-protocols/awareness';
import { el } from '../page/dom';
import { toast } from '../page/toast';
import { inkOn } from './colour';
import type { Present } from './roster';

export interface FollowOptions {
  awareness: Awareness;
  /** Brings the place of one of these clients into view; false when it is not known. */
  locate: (clients: readonly number[]) => boolean;
  /** Somebody else is followed, or nobody. */
  changed: () => void;
}

/** Own input that means: I go my own way now. Programmatic scrolling causes none of these. */
const OWN_WAY = ['wheel', 'touchmove', 'pointerdown'] as const;
const KEYS = new Set(['Escape', 'PageUp', 'PageDown', 'Home', 'End', 'ArrowUp', 'ArrowDown', 'ArrowLeft', 'ArrowRight']);

export class Follow {
  readonly #options: FollowOptions;
  readonly #name = el('span', {});
  readonly #frame = el('div', { class: 'follow-frame', hidden: true }, el('div', { class: 'follow-label', role: 'status' }, this.#name, el('button', { type: 'button', onclick: () => this.stop() }, 'Stop')));
  #person: Present | null = null;
  #scheduled = 0;
  #abort: AbortController | null = null;

  constructor(options: FollowOptions) {
    this.#options = options;
    document.body.append(this.#frame);
    options.awareness.on('change', ({ updated, added }: { updated: number[]; added: number[] }) => {
      const moved = [...updated, ...added];
      if (this.#person?.clients.some((client) => moved.includes(client))) this.#schedule();
    });
  }

  /** Id of the person who is followed, or null. */
  get id(): string | null {
    return this.#person?.id ?? null;
  }

  /** Follows this person; the one who is followed already is left. */
  toggle(person: Present): void {
    const same = this.#person?.id === person.id;
    this.stop();
    if (!same) this.#start(person);
  }

  stop(): void {
    if (!this.#person) return;
    this.#person = null;
    this.#abort?.abort();
    this.#frame.hidden = true;
    this.#options.changed();
  }

  /** Whoever left cannot be followed; whoever opened another tab is followed there too. */
  update(people: Present[]): void {
    if (!this.#person) return;
    const now = people.find(({ id }) => id === this.#person!.id);
    if (now) {
      this.#person = now;
      this.#dress(now);
      return;
    }
    toast(`${this.#person.name} has left`);
    this.stop();
  }

  #start(person: Present): void {
    this.#person = person;
    this.#dress(person);
    this.#frame.hidden = false;
    this.#abort = new AbortController();
    const { signal } = this.#abort;
    for (const name of OWN_WAY) {
      addEventListener(name, (event) => this.#isOutside(event) && this.stop(), { signal, passive: true, capture: true });
    }
    addEventListener('keydown', (event) => this.#key(event), { signal, capture: true });
    if (!this.#options.locate(person.clients)) toast(`${person.name} has no place in here yet`);
    this.#options.changed();
  }

  #dress(person: Present): void {
    this.#name.textContent = `Following ${person.name} · Esc`;
    this.#frame.style.setProperty('--peer', person.color);
    this.#frame.style.setProperty('--peer-ink', inkOn(person.color));
  }

  #isOutside(event: Event): boolean {
    return !(event.target instanceof Element && event.target.closest('.top, .popover, .follow-frame, .toasts'));
  }

  #key(event: KeyboardEvent): void {
    if (!this.#isOutside(event) && event.key !== 'Escape') return;
    const writes = event.key.length === 1 && !event.ctrlKey && !event.metaKey;
    if (KEYS.has(event.key) || writes) this.stop();
  }

  #schedule(): void {
    this.#scheduled ||= requestAnimationFrame(() => {
      this.#scheduled = 0;
      if (this.#person) this.#options.locate(this.#person.clients);
    });
  }
}
