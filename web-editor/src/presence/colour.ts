/**
 * One colour per person, in caret, selection and avatar. Any colour used has a luminance inside a band that keeps it at
 * 3:1 or better against both page backgrounds; for every luminance, black or white text on it reaches 4.5:1.
 */

export const PALETTE = [
  '#c2410c', '#b45309', '#4d7c0f', '#15803d', '#0f766e', '#0e7490',
  '#2563eb', '#5a51e8', '#7c3aed', '#b32bc4', '#d01e69', '#dc2626',
] as const;

/** 3:1 against #191a1d and against #ffffff. */
const LUMINANCE_MIN = 0.13;
const LUMINANCE_MAX = 0.3;

/** The colour a person asked for if it is readable in both themes, else one that follows from their id. */
export function personColour(asked: unknown, id: string): string {
  if (typeof asked === 'string' && /^#[0-9a-f]{6}$/i.test(asked)) {
    const light = luminance(asked);
    if (light >= LUMINANCE_MIN && light <= LUMINANCE_MAX) return asked.toLowerCase();
  }
  return PALETTE[hash(id) % PALETTE.length]!;
}

/** Text colour with the better contrast on `colour` (`#rrggbb`). */
export function inkOn(colour: string): '#000000' | '#ffffff' {
  const light = luminance(colour);
  return 1.05 / (light + 0.05) >= (light + 0.05) / 0.05 ? '#ffffff' : '#000000';
}

/** WCAG contrast of two `#rrggbb` colours, 1 to 21. */
export function contrast(a: string, b: string): number {
  const [x, y] = [luminance(a), luminance(b)];
  return (Math.max(x, y) + 0.05) / (Math.min(x, y) + 0.05);
}

function luminance(colour: string): number {
  const [r, g, b] = [1, 3, 5].map((at) => {
    const channel = parseInt(colour.slice(at, at + 2), 16) / 255;
    return channel <= 0.04045 ? channel / 12.92 : ((channel + 0.055) / 1.055) ** 2.4;
  }) as [number, number, number];
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

/** A number that follows from a text. */
export function hash(text: string): number {
  let value = 2166136261;
  for (let at = 0; at < text.length; at += 1) value = Math.imul(value ^ text.charCodeAt(at), 16777619) >>> 0;
  return value;
}
