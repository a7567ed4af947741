/** The row of people in the document: up to five others, "+N" for the rest, and yourself. */
import { attachPopover } from '../page/popover';
import { el } from '../page/dom';
import { inkOn } from './colour';
import { initials, type Person } from './person';
import type { Present } from './roster';

const SHOWN_MAX = 5;
const SHOWN_NARROW_MAX = 3;

export class Avatars {
  readonly #list = el('ul', { class: 'avatars', 'aria-label': 'People in this document' });
  readonly #more = el('button', { type: 'button', class: 'avatar avatar-more', hidden: true });
  readonly #everybody = el('div', { class: 'popover people', role: 'dialog', 'aria-label': 'Everybody in this document' });
  readonly #narrow = matchMedia('(max-width: 479px)');
  #people: Present[] = [];
  #drawn = '';

  constructor(root: HTMLElement) {
    attachPopover(this.#more, this.#everybody);
    this.#narrow.addEventListener('change', () => this.show(this.#people));
    root.append(this.#list, this.#more, this.#everybody);
  }

  show(people: Present[]): void {
    this.#people = people;
    const others = people.filter((person) => !person.self);
    const max = this.#narrow.matches ? SHOWN_NARROW_MAX : SHOWN_MAX;
    const key = JSON.stringify([max, ...others.map(({ id, name, color }) => [id, name, color])]);
    // Awareness changes with every caret movement; the people rarely do.
    if (key === this.#drawn) return;
    this.#drawn = key;
    const shown = others.slice(0, max);
    const rest = others.length - shown.length;
    this.#list.replaceChildren(...shown.map((person) => el('li', { 'data-person': person.id, title: person.name }, avatar(person))));
    this.#more.hidden = rest === 0;
    this.#more.textContent = `+${rest}`;
    this.#more.setAttribute('aria-label', `+${rest} more: show everybody`);
    this.#everybody.replaceChildren(
      el('ul', {}, ...others.map((person) => el('li', {}, avatar(person, true), el('span', {}, person.name)))),
    );
    if (rest === 0 && this.#everybody.matches(':popover-open')) this.#everybody.hidePopover();
  }
}

/** A round mark with initials; `decorative` when the name stands beside it. */
export function avatar(person: Person, decorative = false): HTMLElement {
  const mark = el('span', { class: 'avatar' }, initials(person.name));
  mark.style.setProperty('--peer', person.color);
  mark.style.setProperty('--peer-ink', inkOn(person.color));
  if (decorative) mark.setAttribute('aria-hidden', 'true');
  else {
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', person.name);
  }
  return mark;
}
