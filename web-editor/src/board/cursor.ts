/** One other person's marks on the board: cursor with name, outlines of what they selected, hint at the edge. */
import { el, icon } from '../page/dom';
import { inkOn } from '../presence/colour';
import { initials } from '../presence/person';
import { Motion, type Point } from './motion';
import type { Box } from './outline';
import type { Peer } from './peers';
import { edgeOf, toScreen, type Viewport } from './viewport';

const ARROW = 'M3 2.500l5.500 15 2.300-6.200 6.200-2.300Z';
const HINT_MARGIN_PX = 24;

export class CursorView {
  readonly #cursor: HTMLElement;
  readonly #label = el('span', { class: 'board-cursor-name' });
  readonly #hint: HTMLButtonElement;
  readonly #outlines: HTMLElement[] = [];
  readonly #layer: HTMLElement;
  readonly #hints: HTMLElement;
  peer: Peer;
  motion: Motion | null = null;
  #drawn = '';

  constructor(layer: HTMLElement, hints: HTMLElement, client: number, peer: Peer, jump: () => void) {
    this.#layer = layer;
    this.#hints = hints;
    this.#cursor = el('div', { class: 'board-cursor', 'data-client': client, hidden: true }, icon(ARROW), this.#label);
    this.#hint = el('button', { type: 'button', class: 'board-hint', 'data-client': client, hidden: true, onclick: jump }, el('i', {}));
    this.peer = peer;
    layer.append(this.#cursor);
    hints.append(this.#hint);
  }

  update(peer: Peer, now: number, glide: boolean): void {
    this.peer = peer;
    const at = peer.pointer && { x: peer.pointer[0], y: peer.pointer[1] };
    if (!at) this.motion = null;
    else if (this.motion) this.motion.moveTo(at, now, glide);
    else this.motion = new Motion(at, now);
    const { name, color } = peer.person;
    if (this.#drawn === name + color) return;
    this.#drawn = name + color;
    this.#label.textContent = name;
    // Not as text: its name is what it does.
    this.#hint.dataset.initials = initials(name);
    this.#hint.setAttribute('aria-label', `${name} is out of view: go there`);
    this.#hint.title = name;
    for (const mark of [this.#cursor, this.#hint]) colour(mark, color);
    for (const outline of this.#outlines) colour(outline, color);
  }

  /** Puts the cursor where it is now, on the screen or as a hint at its edge; returns the place in the scene. */
  draw(view: Viewport, now: number): Point | null {
    const shows = this.motion && !this.peer.idle ? this.motion.shows(now) : 'hidden';
    if (shows === 'hidden') {
      this.#cursor.hidden = this.#hint.hidden = true;
      return null;
    }
    const place = this.motion!.at(now);
    const at = toScreen(view, place);
    const edge = edgeOf(view, at, HINT_MARGIN_PX);
    if (this.#cursor.hidden !== (edge !== null)) this.#cursor.hidden = edge !== null;
    if (this.#hint.hidden !== (edge === null)) this.#hint.hidden = edge === null;
    if (edge) {
      this.#hint.style.transform = `translate(${edge.x.toFixed(1)}px, ${edge.y.toFixed(1)}px)`;
      this.#hint.style.setProperty('--towards', `${edge.angle.toFixed(3)}rad`);
    } else {
      this.#cursor.style.transform = `translate(${at.x.toFixed(2)}px, ${at.y.toFixed(2)}px)`;
      if (this.#cursor.dataset.shows !== shows) this.#cursor.dataset.shows = shows;
    }
    return place;
  }

  /** Outlines what this person has selected. */
  outline(view: Viewport, boxes: readonly Box[]): void {
    while (this.#outlines.length < boxes.length) {
      const outline = el('div', { class: 'board-outline', 'data-person': this.peer.person.id });
      colour(outline, this.peer.person.color);
      this.#outlines.push(outline);
      this.#layer.append(outline);
    }
    for (const outline of this.#outlines.splice(boxes.length)) outline.remove();
    boxes.forEach(({ x, y, width, height, angle }, index) => {
      const outline = this.#outlines[index]!;
      const at = toScreen(view, { x, y });
      const [wide, high] = [(width * view.zoom).toFixed(1), (height * view.zoom).toFixed(1)];
      const transform = `translate(${at.x.toFixed(1)}px, ${at.y.toFixed(1)}px) rotate(${angle.toFixed(4)}rad)`;
      // Cursors move in every frame, what is outlined hardly ever.
      const drawn = `${transform} ${wide} ${high}`;
      if (outline.dataset.drawn === drawn) return;
      outline.dataset.drawn = drawn;
      Object.assign(outline.style, { transform, width: `${wide}px`, height: `${high}px` });
    });
  }

  remove(): void {
    const focused = this.#hint === document.activeElement;
    for (const mark of [this.#cursor, this.#hint, ...this.#outlines]) mark.remove();
    if (focused) this.#hints.closest('main')?.focus();
  }
}

function colour(mark: HTMLElement, color: string): void {
  mark.style.setProperty('--peer', color);
  mark.style.setProperty('--peer-ink', inkOn(color));
}
