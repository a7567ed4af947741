/** Words, characters and reading time of a text. Pure. */

export interface Count {
  words: number;
  characters: number;
}

/** Scripts without spaces between words: each sign counts as one, as word processors do. */
const DENSE = /[\p{Script=Han}\p{Script=Hiragana}\p{Script=Katakana}]/gu;
const WORD = /[\p{L}\p{N}\p{M}]+(?:['’.,_-][\p{L}\p{N}\p{M}]+)*/gu;
const WORDS_PER_MINUTE = 220;

export function countText(text: string): Count {
  const dense = text.match(DENSE)?.length ?? 0;
  const rest = dense ? text.replace(DENSE, ' ') : text;
  const words = (rest.match(WORD)?.length ?? 0) + dense;
  // A sign of two code units is one for a person.
  const characters = text.replace(/[\n\ufffc]/g, '').replace(/[\ud800-\udbff][\udc00-\udfff]/g, '-').length;
  return { words, characters };
}

export function readingMinutes({ words }: Count): number {
  return words === 0 ? 0 : Math.max(1, Math.round(words / WORDS_PER_MINUTE));
}

export function words(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'word' : 'words'}`;
}
