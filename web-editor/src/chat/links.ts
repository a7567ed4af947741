/** Finds the links in a message. Pure. */

export interface Piece {
  text: string;
  /** The address, where the piece is one. */
  href: string | null;
}

const CANDIDATE = /\bhttps?:\/\/[^\s<>"'`]+/gi;
/** At the end these belong to the sentence around the link. */
const CLOSING = /[.,;:!?…\]}*_~]+$/;

export function pieces(text: string): Piece[] {
  const found: Piece[] = [];
  let at = 0;
  for (const match of text.matchAll(CANDIDATE)) {
    const link = trimmed(match[0]);
    const href = address(link);
    if (!href) continue;
    if (match.index > at) found.push({ text: text.slice(at, match.index), href: null });
    found.push({ text: link, href });
    at = match.index + link.length;
  }
  if (at < text.length) found.push({ text: text.slice(at), href: null });
  return found;
}

function trimmed(link: string): string {
  const bare = link.replace(CLOSING, '');
  // "(see https://example.org/a_(b))": only a bracket that the address itself opened is its own.
  const opened = bare.split('(').length;
  return bare.endsWith(')') && bare.split(')').length > opened ? trimmed(bare.slice(0, -1)) : bare;
}

function address(link: string): string | null {
  try {
    const url = new URL(link);
    return url.protocol === 'https:' || url.protocol === 'http:' ? url.href : null;
  } catch {
    return null;
  }
}
