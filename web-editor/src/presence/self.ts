/** Who this page is to the others: whom its token names, else the guest that this browser remembers. */
import { claimsOf } from '../api/claims';
import { pageToken } from '../api/token';
import { idOf } from '../session/people';
import { cleanName, rememberedPerson, type Person } from './person';

let known: Person | null = null;

/** The same one for every part of the page. */
export function selfPerson(): Person {
  return (known ??= asSigned(rememberedPerson()));
}

export function becomeSelf(person: Person): void {
  known = person;
}

/** The name that this page's token gives; null where a person may choose one. */
export function signedName(token: string | null = pageToken()): string | null {
  return cleanName(claimsOf(token)?.name) || null;
}

/** Puts what the token says over what this browser remembers. */
export function asSigned(person: Person, token: string | null = pageToken()): Person {
  const user = claimsOf(token)?.user ?? null;
  const name = signedName(token);
  return user === null && name === null ? person : { ...person, id: idOf({ user, name }), name: name ?? person.name };
}
