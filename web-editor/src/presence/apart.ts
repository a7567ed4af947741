/** Keeps the people of one document apart: whoever came to it with the lower client id keeps name and colour. Pure. */
import { PALETTE, hash } from './colour';
import { guestNames, isGivenName } from './person';
import type { Present } from './roster';

export interface Chosen {
  /** By hand, on this page: it stays, whoever else has it. */
  color: boolean;
}

export interface Looks {
  name: string;
  color: string;
}

/** What `self`, as the first of `people`, should be called and drawn in. Everybody comes to the same answer about everybody. */
export function apart([self, ...others]: readonly [Present, ...Present[]], chosen: Chosen): Looks {
  const first = Math.min(...self.clients);
  const before = others.filter(({ clients }) => Math.min(...clients) < first);
  const clashes = before.some(({ name }) => bare(name) === bare(self.name));
  return {
    name: clashes && isGivenName(self.name) ? freeName(self, others) : self.name,
    color: chosen.color ? self.color : freeColour(self, before),
  };
}

function freeName(self: Present, others: readonly Present[]): string {
  const taken = new Set(others.map(({ name }) => bare(name)));
  const names = guestNames(hash(self.id));
  for (let round = 1; ; round += 1) {
    const found = names.map((name) => (round === 1 ? name : `${name} ${round}`)).find((name) => !taken.has(bare(name)));
    if (found) return found;
  }
}

/** One that the fewest have; one's own as long as it is such a one. */
function freeColour(self: Present, before: readonly Present[]): string {
  const uses = (color: string) => before.filter((other) => other.color === color).length;
  const fewest = Math.min(...PALETTE.map(uses));
  if (uses(self.color) <= fewest) return self.color;
  const free = PALETTE.filter((color) => uses(color) === fewest);
  return free[hash(self.id) % free.length]!;
}

/** A name without what it is marked with, and however it is written. */
function bare(name: string): string {
  return name.replace(/\s*\([^()]*\)$/, '').normalize('NFKC').toLowerCase();
}
