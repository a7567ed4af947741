/** Play, speed, steps and changes. */
import { el, icon } from '../page/dom';
import { SPEEDS } from './playing';

export interface ControlsOptions {
  play: () => void;
  speed: (speed: number) => void;
  step: (by: number) => void;
  stop: (by: number) => void;
  compare: (on: boolean) => void;
  look: (by: number) => void;
  /** Null where there is nothing to fit. */
  fit: (() => void) | null;
  speedNow: number;
}

const PLAY = ['M7 4.500v11l8.500-5.500L7 4.500Z'];
const PAUSE = ['M7 4.500v11M13 4.500v11'];
const BACK = ['m12 5-5 5 5 5'];
const ON = ['m8 5 5 5-5 5'];
const FIRST = ['m14 5-5 5 5 5M6 5v10'];
const LAST = ['m6 5 5 5-5 5M14 5v10'];
const UP = ['m5 12 5-5 5 5'];
const DOWN = ['m5 8 5 5 5-5'];
const FIT = ['M4 8V4h4M16 8V4h-4M4 12v4h4M16 12v4h-4'];

export class Controls {
  readonly root: HTMLElement;
  readonly #play: HTMLButtonElement;
  readonly #compare: HTMLButtonElement;
  readonly #nav: HTMLElement;
  readonly #count = el('span', { class: 'history-count', role: 'status' });

  constructor(options: ControlsOptions) {
    const button = (label: string, paths: string[], run: () => void) =>
      el('button', { type: 'button', class: 'icon-button', 'aria-label': label, title: label, onclick: run }, icon(...paths));
    this.#play = button('Play', PLAY, options.play);
    this.#play.classList.add('history-play');
    const speed = el('select', { class: 'history-speed', 'aria-label': 'Speed', onchange: () => options.speed(Number(speed.value)) },
      ...SPEEDS.map((value) => el('option', { value, selected: value === options.speedNow }, `${value}×`)));
    const toggled = () => {
      const on = this.#compare.getAttribute('aria-pressed') !== 'true';
      this.#compare.setAttribute('aria-pressed', String(on));
      options.compare(on);
    };
    this.#compare = el('button', { type: 'button', class: 'button small', 'aria-pressed': 'false', onclick: toggled }, 'Show changes');
    this.#nav = el('span', { class: 'history-nav', hidden: true }, button('Previous change', UP, () => options.look(-1)), this.#count, button('Next change', DOWN, () => options.look(1)));
    this.root = el('div', { class: 'history-controls' },
      el('div', { class: 'history-group' },
        button('Previous version', FIRST, () => options.stop(-1)),
        button('Step back', BACK, () => options.step(-1)),
        this.#play,
        button('Step forward', ON, () => options.step(1)),
        button('Next version', LAST, () => options.stop(1)),
        speed,
      ),
      el('div', { class: 'history-group' }, options.fit && button('Show everything', FIT, options.fit), this.#nav, this.#compare),
    );
  }

  playing(playing: boolean): void {
    const label = playing ? 'Pause' : 'Play';
    this.#play.replaceChildren(icon(...(playing ? PAUSE : PLAY)));
    this.#play.setAttribute('aria-label', label);
    this.#play.title = `${label} (Space)`;
  }

  /** Null while changes are not shown; `at` is the one in view, from 1. */
  changes(count: number | null, at: number): void {
    this.#nav.hidden = count === null;
    this.#count.textContent = count === null ? '' : count === 0 ? 'No changes' : at > 0 ? `${at} of ${count}` : `${count} ${count === 1 ? 'change' : 'changes'}`;
  }
}
