/** Your own avatar; one click lets you change the name and colour the others see. */
import { attachPopover } from '../page/popover';
import { el } from '../page/dom';
import { PALETTE, inkOn } from './colour';
import { NAME_MAX, cleanName, initials, type Person } from './person';

export class OwnName {
  readonly #button = el('button', { type: 'button', class: 'avatar avatar-own' });
  readonly #input = el('input', { id: 'own-name', type: 'text', maxlength: NAME_MAX, autocomplete: 'nickname', spellcheck: 'false' });
  readonly #colours = el('div', { class: 'swatches', role: 'radiogroup', 'aria-label': 'Your colour' });
  readonly #changed: (person: Person) => void;
  #person: Person;

  constructor(root: HTMLElement, person: Person, changed: (person: Person) => void) {
    this.#person = person;
    this.#changed = changed;
    const popover = el('div', { class: 'popover own', role: 'dialog', 'aria-label': 'Your name' });
    const form = el(
      'form',
      { onsubmit: (event: SubmitEvent) => this.#submit(event, popover) },
      el('label', { for: 'own-name' }, 'Your name'),
      el('div', { class: 'own-row' }, this.#input, el('button', { type: 'submit', class: 'button primary' }, 'Save')),
      this.#colours,
    );
    popover.append(form);
    attachPopover(this.#button, popover, () => this.#opened());
    root.append(this.#button, popover);
    this.show(person);
  }

  /** Lets the person change the name, as a click on the own avatar does. */
  open(): void {
    this.#button.click();
  }

  show(person: Person): void {
    this.#person = person;
    this.#button.textContent = initials(person.name);
    this.#button.title = `${person.name} (you)`;
    this.#button.setAttribute('aria-label', `You are ${person.name}, ${initials(person.name)}. Change your name`);
    this.#button.style.setProperty('--peer', person.color);
    this.#button.style.setProperty('--peer-ink', inkOn(person.color));
  }

  #opened(): void {
    this.#input.value = this.#person.name;
    const choices = PALETTE.map((color, at) => {
      const input = el('input', { type: 'radio', name: 'own-colour', value: color, 'aria-label': `Colour ${at + 1}` });
      input.checked = color === this.#person.color;
      input.style.setProperty('--peer', color);
      return input;
    });
    this.#colours.replaceChildren(...choices);
    this.#input.focus();
    this.#input.select();
  }

  #submit(event: SubmitEvent, popover: HTMLElement): void {
    event.preventDefault();
    const chosen = this.#colours.querySelector<HTMLInputElement>('input:checked');
    const person = {
      ...this.#person,
      name: cleanName(this.#input.value) || this.#person.name,
      color: chosen?.value ?? this.#person.color,
    };
    popover.hidePopover();
    this.show(person);
    this.#changed(person);
    this.#button.focus();
  }
}
