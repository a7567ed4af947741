/** Text in its composed form, with the way back: “é” may be one sign or a letter and an accent, and both are the same word. Pure. */

/** What composing may join: a letter with its accents, or the parts of a Korean syllable. */
const JOINED = /[\u1100-\u115f\ua960-\ua97c]+[\u1160-\u11a7\ud7b0-\ud7c6]*[\u11a8-\u11ff\ud7cb-\ud7fb]*|\P{M}?\p{M}+/gu;

export interface Canonical {
  text: string;
  /** Where a range of it stands in the text as it was given: always whole signs with their accents. */
  range: (from: number, to: number) => { from: number; to: number };
}

export function canonical(given: string): Canonical {
  if (given.normalize('NFC') === given) return { text: given, range: (from, to) => ({ from, to }) };
  let text = '';
  let last = 0;
  /** Pieces whose length may differ: where they begin and end in both. */
  const pieces: { from: number; to: number; givenFrom: number; givenTo: number }[] = [];
  for (const found of given.matchAll(JOINED)) {
    const whole = found[0].normalize('NFC');
    text += given.slice(last, found.index);
    last = found.index + found[0].length;
    pieces.push({ from: text.length, to: text.length + whole.length, givenFrom: found.index, givenTo: last });
    text += whole;
  }
  text += given.slice(last);
  const place = (index: number, end: boolean): number => {
    const piece = pieces[lastBefore(pieces, end ? index - 1 : index)];
    if (!piece) return index;
    const inside = end ? index <= piece.to : index < piece.to;
    if (inside) return end ? piece.givenTo : piece.givenFrom;
    return piece.givenTo + index - piece.to;
  };
  return { text, range: (from, to) => ({ from: place(from, false), to: place(to, true) }) };
}

/** The last piece that begins at or before `index`; -1 for none. */
function lastBefore(pieces: { from: number }[], index: number): number {
  let [low, high] = [0, pieces.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (pieces[middle]!.from <= index) low = middle + 1;
    else high = middle;
  }
  return low - 1;
}
