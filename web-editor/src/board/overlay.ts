/** Draws the others over the board: 60 times a second while anything moves, not at all while nothing does. */
import type { Awareness } from 'y-protocols/awareness';
import { el } from '../page/dom';
import { CursorView } from './cursor';
import type { Shape } from './entry';
import { Lasers } from './laser';
import { boxOf } from './outline';
import { peerIn } from './peers';
import type { Viewport } from './viewport';

export interface OverlayOptions {
  view: () => Viewport;
  shapes: () => readonly Shape[];
  jump: (client: number) => void;
}

interface AwarenessChange {
  added: number[];
  updated: number[];
  removed: number[];
}

/** More cursors than this are a crowd nobody can follow. */
const PEERS_MAX = 100;

export class Overlay {
  readonly #awareness: Awareness;
  readonly #options: OverlayOptions;
  readonly #cursors = new Map<number, CursorView>();
  readonly #layer = el('div', { class: 'board-peers', 'aria-hidden': 'true' });
  readonly #hints = el('div', { class: 'board-hints' });
  readonly #lasers: Lasers;
  readonly #still = matchMedia('(prefers-reduced-motion: reduce)');
  #shapesById: { of: readonly Shape[]; byId: Map<string, Shape> } | null = null;
  #frame = 0;
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor(root: HTMLElement, awareness: Awareness, options: OverlayOptions) {
    this.#awareness = awareness;
    this.#options = options;
    const canvas = el('canvas', { class: 'board-lasers', hidden: true });
    this.#lasers = new Lasers(canvas);
    this.#layer.append(canvas);
    root.append(this.#layer, this.#hints);
    awareness.on('change', ({ added, updated, removed }: AwarenessChange) => this.#changed([...added, ...updated, ...removed]));
    this.#changed([...awareness.getStates().keys()]);
  }

  /** Something that is drawn may be elsewhere now: the screen moved, or an outlined element. */
  moved(): void {
    if (this.#cursors.size > 0) this.#schedule();
  }

  #changed(clients: readonly number[]): void {
    const now = performance.now();
    for (const client of clients) {
      if (client === this.#awareness.clientID) continue;
      const peer = peerIn(this.#awareness.getStates().get(client));
      const cursor = this.#cursors.get(client);
      if (peer) this.#cursorOf(client, peer)?.update(peer, now, !this.#still.matches);
      else if (cursor) {
        cursor.remove();
        this.#cursors.delete(client);
        this.#lasers.shine(client, '', null, now);
      }
    }
    this.#schedule();
  }

  #cursorOf(client: number, peer: NonNullable<ReturnType<typeof peerIn>>): CursorView | undefined {
    const known = this.#cursors.get(client);
    if (known || this.#cursors.size >= PEERS_MAX) return known;
    const cursor = new CursorView(this.#layer, this.#hints, client, peer, () => this.#options.jump(client));
    this.#cursors.set(client, cursor);
    return cursor;
  }

  #schedule(): void {
    this.#frame ||= requestAnimationFrame((now) => this.#draw(now));
  }

  #draw(frame: number): void {
    this.#frame = 0;
    // Frame times may lie before the message that caused the frame.
    const now = Math.max(frame, performance.now());
    const view = this.#options.view();
    let moving = false;
    let next = Number.POSITIVE_INFINITY;
    for (const [client, cursor] of this.#cursors) {
      const { peer, motion } = cursor;
      const place = cursor.draw(view, now);
      const lit = peer.laser && peer.down ? place : null;
      this.#lasers.shine(client, peer.person.color, lit, now);
      cursor.outline(view, peer.selected.length > 0 && !peer.idle ? this.#boxes(peer.selected) : []);
      moving = moving || motion?.moving(now) === true;
      next = Math.min(next, motion?.nextChange(now) ?? next);
    }
    const shining = this.#lasers.draw(view, now);
    clearTimeout(this.#timer);
    if (moving || shining) this.#schedule();
    else if (next < Number.POSITIVE_INFINITY) this.#timer = setTimeout(() => this.#schedule(), next - now + 1);
  }

  #boxes(ids: readonly string[]): ReturnType<typeof boxOf>[] {
    const shapes = this.#options.shapes();
    // Excalidraw changes elements in place and replaces the list when one comes or goes.
    if (this.#shapesById?.of !== shapes) this.#shapesById = { of: shapes, byId: new Map(shapes.map((shape) => [shape.id, shape])) };
    const { byId } = this.#shapesById;
    return ids.flatMap((id) => {
      const shape = byId.get(id);
      return shape && !shape.isDeleted ? [boxOf(shape)] : [];
    });
  }
}
