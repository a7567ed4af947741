/** Letters that occur once: each number has its own, of scripts that no input rule and no spelling touches. */

const SCRIPTS = [
  { first: 0x4e00, last: 0x9fff },
  { first: 0xac00, last: 0xd7a3 },
];

/** More in one document make every look at it slow; a long run has many documents. */
export const LETTERS_MAX = 15_000;

export function letterOf(number: number): string {
  let rest = number;
  for (const { first, last } of SCRIPTS) {
    if (rest <= last - first) return String.fromCharCode(first + rest);
    rest -= last - first + 1;
  }
  throw new RangeError(`There is no letter ${number}.`);
}

/** The number of a UTF-16 unit, or -1 for whatever is not one of these letters. */
export function numberOf(unit: number): number {
  let before = 0;
  for (const { first, last } of SCRIPTS) {
    if (unit >= first && unit <= last) return before + unit - first;
    before += last - first + 1;
  }
  return -1;
}

export function numbersIn(text: string): number[] {
  const numbers: number[] = [];
  for (let at = 0; at < text.length; at++) {
    const number = numberOf(text.charCodeAt(at));
    if (number >= 0) numbers.push(number);
  }
  return numbers;
}
