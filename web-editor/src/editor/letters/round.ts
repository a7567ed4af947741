/** One document, some people, and chance: they write and change, their lines hold and let go, and in the end all has arrived. */
import * as Y from 'yjs';
import { letterOf, numbersIn } from './alphabet';
import { holdCaret, judgeCaret } from './caret';
import { paint, pass } from './clock';
import { Hand } from './hand';
import { Lines } from './lines';
import { kindOf, type Operation } from './operations';
import { Oracle, type Verdict } from './oracle';
import { differences } from './outcome';
import { Person } from './person';
import type { Random } from './random';
import { Reading, lettersBeside } from './reading';

export interface Round {
  people: number;
  /** Whether lines hold what is written, or everybody has everything before the next thing happens. */
  lines: 'held' | 'prompt';
  letters: number;
  operations: readonly Operation[];
  random: Random;
  /** Told what happens, for whoever looks for a cause. */
  tell: (what: () => string) => void;
}

export interface Figures extends Verdict {
  operations: number;
  carets: number;
  moved: number;
  pushed: number;
  exceptions: number;
  faults: Map<string, number>;
  /** What of the ends was not the same, or not sound. */
  differences: string[];
}

interface Writer extends Hand {
  /** Keys that are still to be typed in one go. */
  keys?: number;
  last?: number | null;
}

const STEPS_PER_LETTER_MAX = 30;
const DELIVERIES_MAX = 100_000;

export async function play(round: Round): Promise<Figures> {
  const table = new Table(round);
  try {
    await table.begin();
    await table.write();
    await table.finish();
    return table.figures();
  } finally {
    table.clear();
  }
}

const FOUNDER = 1;

class Table {
  readonly #round: Round;
  readonly #oracle = new Oracle();
  readonly #people: Person[];
  readonly #writers: Writer[];
  readonly #lines: Lines;
  #operations = 0;
  #carets = { kept: 0, moved: 0, pushed: 0, unknown: 0 };

  constructor(round: Round) {
    this.#round = round;
    this.#people = Array.from({ length: round.people }, () => new Person(round.random.whole(1_000, 2 ** 31)));
    this.#lines = new Lines(round.people, round.random);
    const recent: number[] = [];
    this.#writers = this.#people.map((person, index) => new Hand(person, index, round.random, this.#oracle, recent));
    this.#people.forEach((person, index) => person.onUpdate((update) => this.#lines.send(index, update)));
  }

  /** Somebody who has left again wrote a bit of everything: nobody can undo it. */
  async begin(): Promise<void> {
    const founder = new Person(FOUNDER);
    const words = (count: number) => {
      let [text, last]: [string, number | null] = ['', null];
      for (let letter = 0; letter < count; letter++) {
        last = this.#oracle.typed(this.#people.length, last);
        text += letterOf(last);
        this.#writers[0]!.remember(last);
      }
      return text;
    };
    founder.editor!.commands.setContent(beginning(words));
    for (const person of this.#people) person.receive([Y.encodeStateAsUpdate(founder.doc)]);
    founder.leave();
    await paint();
  }

  async write(): Promise<void> {
    const { random, letters, lines } = this.#round;
    const end = this.#oracle.letters + letters;
    for (let steps = letters * STEPS_PER_LETTER_MAX; steps > 0 && this.#oracle.letters < end; steps--) {
      pass(random.whole(20, 140));
      if (lines === 'prompt') await this.#deliverAll();
      else this.#lines.step();
      if (lines === 'prompt' || random.chance(0.5)) await this.#act(random.pick(this.#writers));
      else await this.#deliver(random.whole(0, this.#people.length - 1));
    }
  }

  /** Everything arrives. */
  async finish(): Promise<void> {
    this.#lines.release();
    await this.#deliverAll();
    await paint();
    await paint();
  }

  figures(): Figures {
    const letters = this.#oracle.letters;
    const first = this.#people.find((person) => person.state);
    const end = first ? Reading.of(first.state!.doc, letters) : new Reading(letters);
    const ends = differences(this.#people);
    this.#round.tell(() => `lost ${this.#oracle.lost(end)}; doubled ${this.#oracle.doubled(end)}; ${ends}`);
    const faults = new Map<string, number>();
    for (const fault of this.#people.flatMap((person) => person.faults)) faults.set(fault, (faults.get(fault) ?? 0) + 1);
    const exceptions = [...faults.values()].reduce((sum, count) => sum + count, 0);
    const { kept, moved, pushed } = this.#carets;
    return { ...this.#oracle.judge(end), operations: this.#operations, carets: kept + moved + pushed, moved, pushed, exceptions, faults, differences: ends };
  }

  clear(): void {
    for (const person of this.#people) person.leave();
  }

  async #act(writer: Writer): Promise<void> {
    if (!writer.person.editor) return paint();
    const { random, operations } = this.#round;
    if (writer.keys) return this.#type(writer);
    writer.last = null;
    const dice = random.next();
    if (dice < 0.45 && operations.length > 0) return this.#operate(writer, random.pick(operations));
    if (dice < 0.55) return writer.person.attempt(() => void writer.selectSome(12));
    if (random.chance(0.6)) writer.person.attempt(() => void writer.wander());
    writer.keys = random.whole(2, 14);
    return this.#type(writer);
  }

  /** Some keys of the run; between them others' changes may come in. */
  #type(writer: Writer): void {
    const { random } = this.#round;
    const { person } = writer;
    for (let burst = random.whole(1, 4); burst > 0 && writer.keys; burst--) {
      writer.keys -= 1;
      pass(random.whole(20, 140));
      if (!person.editor) return;
      if (!person.editor.state.selection.empty || !person.editor.state.selection.$from.parent.isTextblock) person.attempt(() => this.#collapse(writer));
      this.#key(writer);
    }
  }

  #key(writer: Writer): void {
    const { person, index } = writer;
    const { left } = lettersBeside(writer.doc, writer.editor.state.selection.from);
    const last = writer.last ?? null;
    writer.writesHere(last !== null && left[0] === last);
    const letter = this.#oracle.typed(index, last);
    person.attempt(() => person.type(letterOf(letter)));
    const arrived = person.state !== null && numbersIn(person.state.doc.textContent).includes(letter);
    if (!arrived) return this.#oracle.takeBack(letter, last);
    this.#round.tell(() => `person ${index} types ${letter} ${letterOf(letter)}${last === null ? '' : ` behind ${last}`}`);
    writer.last = letter;
    writer.remember(letter);
  }

  /** Typing over a selection is a kind of deletion; here people type at a caret. */
  #collapse(writer: Writer): void {
    const { selection } = writer.editor.state;
    if (selection.$to.parent.isTextblock) writer.person.select(selection.to);
    else writer.wander();
  }

  async #operate(writer: Writer, operation: Operation): Promise<void> {
    await paint();
    const { person, index } = writer;
    if (!person.state) return;
    const { doc } = person.state;
    const before = Reading.of(doc, this.#oracle.letters);
    writer.meant.clear();
    writer.timeTravel = false;
    // A step of its own in the undo.
    pass(1_000);
    person.attempt(() => operation(writer));
    this.#round.tell(() => `person ${index}: ${kindOf(operation)}, gives ${person.state?.doc}`);
    pass(1_000);
    if (!person.state) return;
    // Some find nothing to do where they are tried.
    if (!person.state.doc.eq(doc)) this.#operations += 1;
    const after = Reading.of(person.state.doc, this.#oracle.letters);
    this.#oracle.did(index, before, after, writer.meant);
    if (writer.timeTravel) this.#oracle.broughtBack(before, after);
    else this.#oracle.parted(before, after);
  }

  async #deliverAll(): Promise<void> {
    for (let left = DELIVERIES_MAX; left > 0 && !this.#lines.empty; left--) await this.#deliver(this.#round.random.whole(0, this.#people.length - 1));
  }

  async #deliver(to: number): Promise<void> {
    const updates = this.#lines.receive(to);
    if (updates.length === 0) return;
    const person = this.#people[to]!;
    const { letters } = this.#oracle;
    const held = person.state && holdCaret(person.state, letters);
    person.receive(updates);
    this.#round.tell(() => `person ${to} receives ${updates.length}, has ${person.state?.doc}`);
    // Sometimes the next key comes before the next frame.
    if (this.#round.random.chance(0.2)) return;
    await paint();
    if (held && person.state) this.#carets[judgeCaret(held, person.state, letters)] += 1;
  }
}

function beginning(words: (count: number) => string): string {
  const item = (inside = '') => `<li><p>${words(8)}</p>${inside}</li>`;
  const task = (checked: boolean) => `<li data-type="taskItem" data-checked="${checked}"><p>${words(8)}</p></li>`;
  const cell = (tag: string) => `<${tag}><p>${words(4)}</p></${tag}>`;
  return [
    `<h1>${words(8)}</h1><p>${words(30)}</p><p>${words(20)}</p>`,
    `<ul>${item()}${item(`<ul>${item()}${item()}</ul>`)}${item()}${item()}</ul><ol>${item()}${item()}${item()}</ol>`,
    `<ul data-type="taskList">${task(false)}${task(true)}${task(false)}</ul>`,
    `<blockquote><p>${words(12)}</p><p>${words(6)}</p></blockquote><pre><code>${words(12)}</code></pre><p>${words(16)}</p>`,
    `<table><tbody><tr>${cell('th')}${cell('th')}</tr><tr>${cell('td')}${cell('td')}</tr></tbody></table><p>${words(10)}</p>`,
  ].join('');
}
