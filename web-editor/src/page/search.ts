/** Finding a command by a few letters. Pure. */

export interface Findable {
  name: string;
  words?: string;
}

/** Those that match every word of `query`, best first: the start of the name, then the start of a word, then anywhere. */
export function find<T extends Findable>(query: string, all: readonly T[]): T[] {
  const words = fold(query).split(/\s+/).filter(Boolean);
  if (words.length === 0) return [...all];
  const rated = all.map((one, at) => ({ one, at, rank: rank(words, one) })).filter(({ rank }) => rank < Infinity);
  return rated.sort((a, b) => a.rank - b.rank || a.at - b.at).map(({ one }) => one);
}

function rank(words: string[], { name, words: more = '' }: Findable): number {
  const text = fold(name);
  const also = fold(more);
  return words.reduce((sum, word) => sum + rankOf(word, text, also), 0);
}

function rankOf(word: string, name: string, also: string): number {
  if (name.startsWith(word)) return 0;
  if (startsWord(name, word)) return 1;
  if (startsWord(also, word)) return 2;
  return name.includes(word) ? 3 : Infinity;
}

function startsWord(text: string, word: string): boolean {
  return ` ${text}`.includes(` ${word}`);
}

/** Case and accents do not matter to who is searching. */
function fold(text: string): string {
  return text.normalize('NFD').replace(/\p{Mn}/gu, '').toLowerCase().trim();
}
