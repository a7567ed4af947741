/**
 * The letters of one text, a Y.Text, seen with the name of each: who made it, as the how-manieth. What was done to a
 * text as it once was shown can so be done to the text as it is by now, exactly: the same letters go, and new ones
 * come behind the letter they were typed behind.
 */
import * as Y from 'yjs';
import { hunks } from './diff';
import { TEXT_CHARS_MAX } from './values';

/** Neighbours that one author made one after the other. */
interface Run {
  client: number;
  clock: number;
  length: number;
}

/** A text as it was at one time. */
export interface Letters {
  readonly text: string;
  readonly runs: readonly Run[];
}

/** Of letters that are in no text. */
const NOBODY = -1;

interface Place extends Run {
  /** In the Y.Text; what is no letter there counts as well. */
  at: number;
  alive: boolean;
  string: string;
}

/** Parts that are no letters are passed over. */
function places(text: Y.Text): Place[] {
  const found: Place[] = [];
  let at = 0;
  for (let item = text._start; item; item = item.right) {
    const { client, clock } = item.id;
    const alive = !item.deleted && item.countable;
    const string = alive && item.content instanceof Y.ContentString ? item.content.str : '';
    if (string !== '' || item.deleted) found.push({ client, clock, length: item.length, at, alive, string });
    if (alive) at += item.length;
  }
  return found;
}

/** Longer texts are shown in part, as `values.text` does. */
export function readLetters(text: Y.Text): Letters {
  const runs: Run[] = [];
  let string = '';
  for (const { client, clock, alive, string: part } of places(text)) {
    const shown = alive ? part.slice(0, TEXT_CHARS_MAX - string.length) : '';
    if (shown === '') continue;
    string += shown;
    append(runs, { client, clock, length: shown.length });
  }
  return { text: string, runs };
}

/** How many letters were ever typed into it, those that are gone included: it grows with every typing. */
export function everTyped(text: Y.Text): number {
  let count = 0;
  // What is gone is countable only where it was seen before.
  for (let item = text._start; item; item = item.right) if (item.deleted || item.countable) count += item.length;
  return count;
}

/** Does to the text what turns `from` into `next`. `mine` leaves the letters of others alone. Returns `next` with its letters. */
export function rewrite(text: Y.Text, from: Letters, next: string, mine: 'any' | 'own' = 'any'): Letters {
  const doc = text.doc!;
  const runs: Run[] = [];
  let kept = 0;
  for (const { at, removed, inserted } of hunks(from.text, next)) {
    for (const run of cut(from.runs, kept, at)) append(runs, run);
    kept = at + removed;
    for (const run of cut(from.runs, at, kept)) if (mine === 'any' || run.client === doc.clientID) remove(text, run);
    if (inserted === '') continue;
    const clock = Y.getState(doc.store, doc.clientID);
    text.insert(behind(text, from.runs, at), inserted);
    append(runs, { client: doc.clientID, clock, length: inserted.length });
  }
  for (const run of cut(from.runs, kept, from.text.length)) append(runs, run);
  return { text: next, runs };
}

/** Where a caret of `from` stands in the text by now: behind the same letter. */
export function follow(text: Y.Text, from: Letters, caret: number): number {
  return behind(text, from.runs, Math.min(caret, from.text.length));
}

/** A string as if it had been these letters once: those both have are the same letters, the others nobody knows. */
export function aligned(string: string, { text, runs }: Letters): Letters {
  const known: Run[] = [];
  let kept = 0;
  for (const { at, removed, inserted } of hunks(text, string)) {
    for (const run of cut(runs, kept, at)) append(known, run);
    if (inserted !== '') known.push({ client: NOBODY, clock: 0, length: inserted.length });
    kept = at + removed;
  }
  for (const run of cut(runs, kept, text.length)) append(known, run);
  return { text: string, runs: known };
}

/** Whether there are letters that somebody else typed. */
export function hasOthers({ runs }: Letters, client: number): boolean {
  return runs.some((run) => run.client !== client);
}

/** The letters this author did not type. */
export function ofOthers({ text, runs }: Letters, client: number): string {
  let [at, left] = [0, ''];
  for (const run of runs) {
    if (run.client !== client) left += text.slice(at, at + run.length);
    at += run.length;
  }
  return left;
}

/** Where in the text the letters before an index end: behind the last of them that is known there, be it gone by now. */
function behind(text: Y.Text, runs: readonly Run[], index: number): number {
  const all = places(text);
  for (let before = index - 1; before >= 0; before -= 1) {
    const letter = letterAt(runs, before)!;
    const place = placeOf(all, letter);
    if (place) return place.alive ? place.at + letter.clock - place.clock + 1 : place.at;
  }
  return 0;
}

function placeOf(all: readonly Place[], letter: Run): Place | undefined {
  return all.find(({ client, clock, length }) => client === letter.client && letter.clock >= clock && letter.clock < clock + length);
}

function remove(text: Y.Text, { client, clock, length }: Run): void {
  const end = clock + length;
  const hit = places(text).filter((place) => place.alive && place.client === client && place.clock < end && place.clock + place.length > clock);
  for (const place of hit.reverse()) {
    const first = Math.max(clock, place.clock);
    text.delete(place.at + first - place.clock, Math.min(end, place.clock + place.length) - first);
  }
}

function letterAt(runs: readonly Run[], index: number): Run | undefined {
  return cut(runs, index, index + 1)[0];
}

function cut(runs: readonly Run[], from: number, to: number): Run[] {
  const found: Run[] = [];
  let at = 0;
  for (const { client, clock, length } of runs) {
    const [first, last] = [Math.max(from, at), Math.min(to, at + length)];
    if (first < last) found.push({ client, clock: clock + first - at, length: last - first });
    at += length;
    if (at >= to) break;
  }
  return found;
}

function append(runs: Run[], run: Run): void {
  const last = runs.at(-1);
  if (last && last.client === run.client && last.clock + last.length === run.clock) last.length += run.length;
  else runs.push({ ...run });
}
