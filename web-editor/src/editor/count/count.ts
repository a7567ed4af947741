/** Words, characters and reading time of a text. Blocks that stay the same are counted once. Pure. */
import type { Node } from '@tiptap/pm/model';

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

const counted = new WeakMap<Node, Count>();

/** The whole of a document or of any other node. */
export function countNode(node: Node): Count {
  const known = counted.get(node);
  if (known) return known;
  const count = node.isTextblock ? countText(node.textBetween(0, node.content.size, '\n', '\ufffc')) : { words: 0, characters: 0 };
  if (!node.isTextblock) {
    node.forEach((child) => {
      const { words, characters } = countNode(child);
      count.words += words;
      count.characters += characters;
    });
  }
  counted.set(node, count);
  return count;
}

export function readingMinutes({ words }: Count): number {
  return words === 0 ? 0 : Math.max(1, Math.round(words / WORDS_PER_MINUTE));
}

export function words(count: number): string {
  return `${count.toLocaleString('en')} ${count === 1 ? 'word' : 'words'}`;
}
