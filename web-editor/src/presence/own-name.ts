/** Your own avatar; one click lets you change the colour the others see, and the name unless it comes with your sign-in. */
import { attachPopover } from '../page/popover';
import { el } from '../page/dom';
import { PALETTE, inkOn } from './colour';
import { NAME_MAX, cleanName, initials, type Person } from './person';

export interface OwnNameOptions {
  /** The name comes with the token. */
  signed: boolean;
  changed: (person: Person) => void;
}

export class OwnName {
  readonly #button = el('button', { type: 'button', class: 'avatar avatar-own' });
  readonly #input = el('input', { id: 'own-name', type: 'text', dir: 'auto', maxlength: NAME_MAX, autocomplete: 'nickname', spellcheck: 'false' });
  readonly #colours = el('div', { class: 'swatches', role: 'radiogroup', 'aria-label': 'Your colour' });
  readonly #signed = el('p', { class: 'own-signed' });
  readonly #options: OwnNameOptions;
  #person: Person;

  constructor(root: HTMLElement, person: Person, options: OwnNameOptions) {
    this.#person = person;
    this.#options = options;
    const popover = el('div', { class: 'popover own', role: 'dialog', 'aria-label': options.signed ? 'Your colour' : 'Your name' });
    const save = el('button', { type: 'submit', class: 'button primary' }, 'Save');
    const form = el(
      'form',
      { onsubmit: (event: SubmitEvent) => this.#submit(event, popover) },
      ...(options.signed
        ? [this.#signed, this.#colours, save]
        : [el('label', { for: 'own-name' }, 'Your name'), el('div', { class: 'own-row' }, this.#input, save), this.#colours]),
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
    this.#button.setAttribute('aria-label', `You are ${person.name}, ${initials(person.name)}. Change your ${this.#options.signed ? 'colour' : 'name'}`);
    this.#button.style.setProperty('--peer', person.color);
    this.#button.style.setProperty('--peer-ink', inkOn(person.color));
  }

  #opened(): void {
    this.#input.value = this.#person.name;
    this.#signed.textContent = `You are signed in as ${this.#person.name}.`;
    const choices = PALETTE.map((color, at) => {
      const input = el('input', { type: 'radio', name: 'own-colour', value: color, 'aria-label': `Colour ${at + 1}` });
      input.checked = color === this.#person.color;
      input.style.setProperty('--peer', color);
      return input;
    });
    this.#colours.replaceChildren(...choices);
    if (this.#options.signed) return void (this.#colours.querySelector<HTMLInputElement>('input:checked') ?? choices[0])?.focus();
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
    this.#options.changed(person);
    this.#button.focus();
  }
}
