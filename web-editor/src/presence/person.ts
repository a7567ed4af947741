/** Who someone is to the others: validated when it comes from the wire, remembered in this browser when it is us. */
import { USER_MARK } from '../session/people';
import { PALETTE, personColour } from './colour';

export interface Person {
  id: string;
  name: string;
  color: string;
}

export const NAME_MAX = 40;
const ID_MAX = 64;
/** As long as a user's id may be, and the mark in front of it. */
const USER_ID_MAX = 520;
const STORED = 'weft-person';

const MOODS = ['Quiet', 'Bright', 'Gentle', 'Swift', 'Curious', 'Merry', 'Calm', 'Brave', 'Kind', 'Lively', 'Patient', 'Sunny'];
const ANIMALS = ['Heron', 'Otter', 'Fox', 'Wren', 'Lynx', 'Badger', 'Hare', 'Finch', 'Seal', 'Marten', 'Owl', 'Dolphin'];

/** The person in someone's awareness, or null when there is none. Everything in there is a stranger's input. */
export function personIn(awareness: unknown): Person | null {
  if (!isRecord(awareness) || !isRecord(awareness.user)) return null;
  const { id, name, color } = awareness.user;
  const known = typeof id === 'string' && id.length > 0 && id.length <= (id.startsWith(USER_MARK) ? USER_ID_MAX : ID_MAX);
  const shown = cleanName(name) || 'Guest';
  const key = known ? id : shown;
  return { id: key, name: shown, color: personColour(color, key) };
}

/** A name as it may be shown: one line, no control or direction characters, bounded length. */
export function cleanName(name: unknown): string {
  if (typeof name !== 'string') return '';
  const line = name.slice(0, NAME_MAX * 4).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim();
  return Array.from(line).slice(0, NAME_MAX).join('').trim();
}

/** Up to two letters for an avatar. */
export function initials(name: string): string {
  const words = name.replace(/\s*\([^()]*\)$/, '').split(' ').filter(Boolean);
  const picked = words.length > 1 ? [words[0]!, words.at(-1)!] : words;
  return picked.map((word) => Array.from(word)[0]!.toUpperCase()).join('');
}

/** The person using this browser; a friendly guest at the first visit, the same one ever after. */
export function rememberedPerson(storage: Storage | null = safeStorage()): Person {
  const stored = read(storage);
  if (stored) return stored;
  const guest = randomGuest();
  keepPerson(guest, storage);
  return guest;
}

export function keepPerson(person: Person, storage: Storage | null = safeStorage()): void {
  try {
    storage?.setItem(STORED, JSON.stringify(person));
  } catch {
    // A full or forbidden storage costs only the memory of the name.
  }
}

/** Calls back when another tab of this browser changed the name. */
export function onPersonChanged(changed: (person: Person) => void): void {
  addEventListener('storage', (event) => {
    const person = event.key === STORED ? read(safeStorage()) : null;
    if (person) changed(person);
  });
}

function read(storage: Storage | null): Person | null {
  try {
    return personIn({ user: JSON.parse(storage?.getItem(STORED) ?? 'null') });
  } catch {
    return null;
  }
}

/** Every name that guests are given, in the order that `start` says. */
export function guestNames(start: number): string[] {
  const all = MOODS.flatMap((mood) => ANIMALS.map((animal) => `${mood} ${animal}`));
  const from = start % all.length;
  return [...all.slice(from), ...all.slice(0, from)];
}

/** Nobody chose it: it may be exchanged for another. */
export function isGivenName(name: string): boolean {
  const [mood, animal, number, ...more] = name.split(' ');
  return MOODS.includes(mood ?? '') && ANIMALS.includes(animal ?? '') && (number === undefined || /^\d+$/.test(number)) && more.length === 0;
}

function randomGuest(): Person {
  const pick = <T>(from: readonly T[]): T => from[Math.floor(Math.random() * from.length)]!;
  const bytes = crypto.getRandomValues(new Uint8Array(12));
  const id = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return { id, name: `${pick(MOODS)} ${pick(ANIMALS)}`, color: pick(PALETTE) };
}

function safeStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}

function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null;
}
