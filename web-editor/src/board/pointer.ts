/** Tells the others where this person points, what they have selected and which part of the board they see. */
import type { Session } from '../session/session';
import { SELECTED_MAX, type BoardState } from './peers';
import { boundsOf, toScene, type Viewport } from './viewport';

/** 25 times a second. */
const SEND_EVERY_MS = 40;

export class OwnPointer {
  readonly #session: Session;
  readonly #view: () => Viewport;
  readonly #laser: () => boolean;
  #state: BoardState = { pointer: null, laser: false, down: false, selected: [], view: null };
  #selection: object | null = null;
  #sent = '';
  #sentAt = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, session: Session, { view, laser }: { view: () => Viewport; laser: () => boolean }) {
    this.#session = session;
    this.#view = view;
    this.#laser = laser;
    const listen = <K extends keyof HTMLElementEventMap>(name: K, listener: (event: HTMLElementEventMap[K]) => void) =>
      root.addEventListener(name, listener, { capture: true, passive: true });
    listen('pointermove', (event) => this.#moved(event));
    listen('pointerdown', (event) => this.#moved(event));
    listen('pointerup', (event) => this.#moved(event));
    listen('pointercancel', () => this.leave());
    root.addEventListener('pointerleave', () => this.leave());
    document.addEventListener('visibilitychange', () => document.hidden && this.leave());
  }

  /** The cursor goes at once, not with the next message. */
  leave(): void {
    if (!this.#state.pointer) return;
    this.#state = { ...this.#state, pointer: null, down: false };
    this.#send();
  }

  /** `selected` is Excalidraw's own object, replaced with every change. */
  selected(selected: Readonly<Record<string, true>>): void {
    if (this.#selection === selected) return;
    this.#selection = selected;
    this.#change({ selected: Object.keys(selected).slice(0, SELECTED_MAX) });
  }

  looked(): void {
    const bounds = boundsOf(this.#view()).map(Math.round) as [number, number, number, number];
    if (bounds[2] > 0 && bounds[3] > 0) this.#change({ view: bounds });
  }

  #moved(event: PointerEvent): void {
    const pressed = event.buttons > 0;
    // Over buttons and menus there is nothing to point at; a finger that was lifted points nowhere.
    const onCanvas = event.target instanceof HTMLCanvasElement || event.target instanceof HTMLTextAreaElement;
    if ((!onCanvas && !pressed) || (!pressed && event.pointerType === 'touch')) return this.leave();
    const root = event.currentTarget as HTMLElement;
    const box = root.getBoundingClientRect();
    const { x, y } = toScene(this.#view(), { x: event.clientX - box.left, y: event.clientY - box.top });
    this.#change({ pointer: [Math.round(x), Math.round(y)], laser: this.#laser(), down: pressed });
  }

  #change(change: Partial<BoardState>): void {
    this.#state = { ...this.#state, ...change };
    if (this.#timer !== undefined) return;
    const wait = this.#sentAt + SEND_EVERY_MS - performance.now();
    if (wait <= 0) this.#send();
    else this.#timer = setTimeout(() => this.#send(), wait);
  }

  #send(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
    const text = JSON.stringify(this.#state);
    if (text === this.#sent) return;
    this.#sent = text;
    this.#sentAt = performance.now();
    this.#session.awareness.setLocalStateField('board', this.#state);
  }
}
