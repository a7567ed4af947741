/** Whether all people ended with the same, and with what a document may be. */
import * as Y from 'yjs';
import { Person } from './person';

/** An author that wrote nothing. */
const READER = 2;

/** Each as a few words; none if all is well. */
export function differences(people: readonly Person[]): string[] {
  const found: string[] = [];
  const shown = people.map((person) => shownBy(person));
  const reopened = new Person(READER, Y.encodeStateAsUpdate(people[0]!.doc));
  if (new Set(shown).size > 1) found.push('the editors show different texts');
  const states = people.map(({ doc }) => Y.snapshot(doc));
  if (states.some((state) => !Y.equalSnapshots(state, states[0]!))) found.push('the documents differ');
  if (shownBy(reopened) !== shown[0]) found.push('opened anew it is another text');
  if (people.some((person) => !isValid(person))) found.push('an editor holds what its schema forbids');
  reopened.leave();
  return found;
}

function shownBy({ state }: Person): string {
  return state ? JSON.stringify(state.doc.toJSON()) : 'cannot be edited';
}

function isValid({ state }: Person): boolean {
  try {
    state?.doc.check();
    return true;
  } catch {
    return false;
  }
}
