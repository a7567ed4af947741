/** The row of people in the document: up to five others, each a button that follows them, and a list of everybody. */
import { attachPopover } from '../page/popover';
import { el } from '../page/dom';
import { inkOn } from './colour';
import { initials, type Person } from './person';
import { doing, type Present } from './roster';

const SHOWN_MAX = 5;
const SHOWN_NARROW_MAX = 3;

export interface AvatarActions {
  follow: (person: Present) => void;
  /** Id of the person who is followed, or null. */
  followed: () => string | null;
}

export class Avatars {
  readonly #list = el('ul', { class: 'avatars', 'aria-label': 'People in this document' });
  readonly #more = el('button', { type: 'button', class: 'avatar avatar-more', hidden: true });
  readonly #everybody = el('div', { class: 'popover people', role: 'dialog', 'aria-label': 'Everybody in this document' });
  readonly #narrow = matchMedia('(max-width: 479px)');
  readonly #actions: AvatarActions;
  #people: Present[] = [];
  #drawn = '';

  constructor(root: HTMLElement, actions: AvatarActions) {
    this.#actions = actions;
    attachPopover(this.#more, this.#everybody);
    this.#narrow.addEventListener('change', () => this.show(this.#people));
    root.append(this.#list, this.#more, this.#everybody);
  }

  show(people: Present[]): void {
    this.#people = people;
    const others = people.filter((person) => !person.self);
    const max = this.#narrow.matches ? SHOWN_NARROW_MAX : SHOWN_MAX;
    const followed = this.#actions.followed();
    const key = JSON.stringify([max, followed, ...people.map((person) => [person.id, person.name, person.color, doing(person)])]);
    // Awareness changes with every caret movement; the people rarely do.
    if (key === this.#drawn) return;
    this.#drawn = key;
    const focused = document.activeElement?.closest('[data-person]')?.getAttribute('data-person');
    const shown = others.slice(0, max);
    const rest = others.length - shown.length;
    this.#list.replaceChildren(...shown.map((person) => el('li', { 'data-person': person.id }, this.#button(person, followed))));
    this.#more.hidden = rest === 0;
    this.#more.textContent = `+${rest}`;
    this.#more.setAttribute('aria-label', `+${rest} more: show everybody`);
    this.#everybody.replaceChildren(el('ul', {}, ...people.map((person) => this.#entry(person, followed))));
    if (rest === 0 && this.#everybody.matches(':popover-open')) this.#everybody.hidePopover();
    if (focused) this.#refocus(focused);
  }

  #button(person: Present, followed: string | null): HTMLElement {
    const button = el('button', {
      type: 'button',
      class: 'avatar',
      title: `${person.name}, ${doing(person)}. Click to follow`,
      'aria-label': `${person.name}, ${doing(person)}. Follow`,
      'aria-pressed': String(person.id === followed),
      'data-idle': person.idle,
      // Drawn by CSS: read out, they would be noise before the name.
      'data-initials': initials(person.name),
      onclick: () => this.#actions.follow(this.#now(person)),
    });
    return coloured(button, person);
  }

  #entry(person: Present, followed: string | null): HTMLElement {
    const name = person.self ? `${person.name} (you)` : person.name;
    const words = [avatar(person, true), el('span', { class: 'people-name' }, name), el('span', { class: 'people-doing' }, doing(person))];
    if (person.self) return el('li', {}, ...words);
    const follow = () => {
      this.#everybody.hidePopover();
      this.#actions.follow(this.#now(person));
    };
    const pressed = String(person.id === followed);
    return el('li', {}, el('button', { type: 'button', class: 'people-row', title: `Follow ${person.name}`, 'aria-pressed': pressed, onclick: follow }, ...words));
  }

  /** The buttons outlive changes that do not show, such as another tab of the person. */
  #now(person: Present): Present {
    return this.#people.find(({ id }) => id === person.id) ?? person;
  }

  #refocus(id: string): void {
    for (const item of this.#list.children) {
      if (item.getAttribute('data-person') === id) item.querySelector('button')?.focus();
    }
  }
}

/** A round mark with initials; `decorative` when the name stands beside it. */
export function avatar(person: Person, decorative = false): HTMLElement {
  const mark = el('span', { class: 'avatar' }, initials(person.name));
  if (decorative) mark.setAttribute('aria-hidden', 'true');
  else {
    mark.setAttribute('role', 'img');
    mark.setAttribute('aria-label', person.name);
  }
  return coloured(mark, person);
}

function coloured(mark: HTMLElement, person: Person): HTMLElement {
  mark.style.setProperty('--peer', person.color);
  mark.style.setProperty('--peer-ink', inkOn(person.color));
  return mark;
}
