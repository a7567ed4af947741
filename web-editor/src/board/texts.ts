/**
 * The words of a board's texts, letter by letter: what several people type into one text at the same time stays, each
 * letter behind the one it was typed behind. Knows which letters the scene shows, so that what differs there was typed
 * here.
 */
import * as Y from 'yjs';
import { LETTERS, isDeleted, isStale, lettersIn, plainText, wordsOf, type Entry, type Shape, type Values } from './entry';
import { aligned, follow, hasOthers, ofOthers, readLetters, rewrite, type Letters } from './letters';
import { same } from './schema';
import { seed } from './seed';

/** Shows another text in the field somebody types in; where a caret stands in it, `caret` says. False if it must not be touched now. */
export type Retype = (id: string, text: string, caret: (before: number) => number) => boolean;

/** What is measured of the words, and the words for who reads no letters. */
const FITTED = ['text', 'originalText', 'width', 'height'];

interface Shown {
  letters: Letters;
  of: Y.Text;
}

/** How the scene came to other words. */
export interface Done {
  /** What it showed before. */
  known: string;
  /** By taking something back, or bringing it back. */
  undone: boolean;
}

export class Texts {
  // All bounded by the texts of the document and the scene: what is in neither any more is forgotten.
  /** The letters the scene shows. */
  readonly #shown = new Map<string, Shown>();
  /** Typed in here; what goes with the letters is written when it is let go. */
  readonly #typed = new Set<string>();
  /** Typed in here at any time. */
  readonly #ever = new Set<string>();

  /** Texts that are to be written once they are let go. */
  get unfinished(): ReadonlySet<string> {
    return this.#typed;
  }

  typedHere(id: string): boolean {
    return this.#ever.has(id);
  }

  /** Somebody else wrote what goes with the letters, or deleted them, perhaps without having seen those that were typed here. */
  changedElsewhere(id: string, entry: Entry): void {
    if (this.#ever.has(id) && (isStale(entry) || isRevived(entry))) this.#typed.add(id);
  }

  /** The scene is about to show this entry. */
  shown(id: string, entry: Entry): void {
    const letters = lettersIn(entry);
    if (letters) this.#shown.set(id, { letters: readLetters(letters), of: letters });
    else this.#shown.delete(id);
  }

  /** Neither document nor scene has it. */
  gone(id: string): void {
    this.forget(id);
    this.#ever.delete(id);
  }

  forget(id: string): void {
    this.#shown.delete(id);
    this.#typed.delete(id);
  }

  /** Writes the letters that were typed here, or taken back. Says whether there were any. */
  write(entry: Entry, shape: Shape, { known, undone }: Done): boolean {
    const { id } = shape;
    const next = wordsOf(shape);
    if (next === known) return false;
    const of = lettersOf(entry);
    this.#shown.set(id, { letters: rewrite(of, this.#before(id, of, known), next, undone ? 'own' : 'any'), of });
    if (!shape.isDeleted && entry.get('isDeleted') === true) entry.set('isDeleted', false);
    this.#typed.add(id);
    this.#ever.add(id);
    return true;
  }

  /** Writes what goes with the letters, once the scene shows all of them; also of other people's, which were only measured here. */
  finish(id: string, entry: Entry, values: Values, rewrapped: boolean): void {
    const letters = lettersIn(entry);
    const whole = letters === null || readLetters(letters).text === wordsOf(values);
    if (whole && (rewrapped || this.#typed.has(id) || isStale(entry))) for (const key of FITTED) if (!same(entry.get(key) ?? null, values[key])) entry.set(key, values[key]);
    if (!values.isDeleted && isRevived(entry)) entry.set('isDeleted', false);
    if (whole || values.isDeleted) this.#typed.delete(id);
  }

  /** Whether the scene lacks letters, or has some that are gone. */
  differs(id: string, entry: Entry): boolean {
    const letters = lettersIn(entry);
    return letters !== null && readLetters(letters).text !== this.#shown.get(id)?.letters.text;
  }

  /** Brings what others typed into the field somebody here types in; says whether it could. */
  merge(id: string, entry: Entry, known: string, retype: Retype): boolean {
    const of = lettersIn(entry);
    if (!of || !this.differs(id, entry)) return false;
    const letters = readLetters(of);
    const before = this.#before(id, of, known);
    if (!retype(id, letters.text, (caret) => follow(of, before, caret))) return false;
    this.#shown.set(id, { letters, of });
    return true;
  }

  /** The letters behind the words that were shown; of a text that had none then, or others, as many as can be told. */
  #before(id: string, of: Y.Text, known: string): Letters {
    const shown = this.#shown.get(id);
    return shown?.of === of && shown.letters.text === known ? shown.letters : aligned(known, readLetters(of));
  }

  /** Takes one's own letters out of a text that others typed in as well; false if there are none of others. */
  leaveOthers(entry: Entry): boolean {
    const of = lettersIn(entry);
    const own = of?.doc?.clientID;
    const letters = of && readLetters(of);
    if (!letters || own === undefined || !hasOthers(letters, own)) return false;
    rewrite(of, letters, ofOthers(letters, own), 'own');
    return true;
  }
}

/** Deleted by somebody who did not know what was being typed into it; who knows of no letters still takes it for deleted. */
function isRevived(entry: Entry): boolean {
  return entry.get('isDeleted') === true && !isDeleted(entry);
}

function lettersOf(entry: Entry): Y.Text {
  const letters = lettersIn(entry) ?? seed(entry, LETTERS, plainText(entry));
  if (letters) return letters;
  const made = new Y.Text(plainText(entry));
  entry.set(LETTERS, made);
  return made;
}
