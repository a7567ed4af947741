/** What was done to a string, as the fewest letters that came and went. Pure. */

export interface Hunk {
  /** Where in the string before; in UTF-16 units, as everywhere here. */
  at: number;
  removed: number;
  inserted: string;
}

/** Larger rewritings are taken as one: comparing takes time and memory with the product of both lengths. */
const CELLS_MAX = 1_000_000;

/** In order of their places. Never between the halves of a letter. */
export function hunks(before: string, after: string): Hunk[] {
  if (before === after) return [];
  const [left, right] = [Array.from(before), Array.from(after)];
  let start = 0;
  while (start < left.length && start < right.length && left[start] === right[start]) start += 1;
  let end = 0;
  while (end < left.length - start && end < right.length - start && left[left.length - 1 - end] === right[right.length - 1 - end]) end += 1;
  const [gone, came] = [left.slice(start, left.length - end), right.slice(start, right.length - end)];
  const at = units(left.slice(0, start));
  if (gone.length * came.length > CELLS_MAX || gone.length === 0 || came.length === 0) return [{ at, removed: units(gone), inserted: came.join('') }];
  return between(gone, came, at);
}

const units = (letters: readonly string[]): number => letters.reduce((sum, letter) => sum + letter.length, 0);

function between(gone: readonly string[], came: readonly string[], start: number): Hunk[] {
  const common = commonLengths(gone, came);
  const width = came.length + 1;
  const found: Hunk[] = [];
  let open: Hunk | null = null;
  let at = start;
  const hunk = (): Hunk => {
    if (!open) found.push((open = { at, removed: 0, inserted: '' }));
    return open;
  };
  for (let i = 0, j = 0; i < gone.length || j < came.length; ) {
    if (i < gone.length && j < came.length && gone[i] === came[j]) {
      open = null;
      at += gone[i]!.length;
      i += 1;
      j += 1;
    } else if (j >= came.length || (i < gone.length && common[(i + 1) * width + j]! >= common[i * width + j + 1]!)) {
      hunk().removed += gone[i]!.length;
      at += gone[i]!.length;
      i += 1;
    } else {
      hunk().inserted += came[j];
      j += 1;
    }
  }
  return found;
}

/** For every pair of ends, how many letters they have in common. */
function commonLengths(gone: readonly string[], came: readonly string[]): Uint32Array {
  const width = came.length + 1;
  const common = new Uint32Array((gone.length + 1) * width);
  for (let i = gone.length - 1; i >= 0; i -= 1) {
    for (let j = came.length - 1; j >= 0; j -= 1) {
      const [both, down, across] = [common[(i + 1) * width + j + 1]!, common[(i + 1) * width + j]!, common[i * width + j + 1]!];
      common[i * width + j] = gone[i] === came[j] ? both + 1 : Math.max(down, across);
    }
  }
  return common;
}
