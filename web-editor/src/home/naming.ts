/** What a document is called and where it lives. */
import type { DocumentInfo } from '../api/documents';
import { canonical } from '../page/canonical';

/** A name the server made up says nothing to anybody; one that somebody chose stands in for a missing title. */
const MADE_UP = /(?:^|[^\p{L}\p{N}])[a-km-np-z2-9]{12}$/u;

export function titleText({ title, name }: Pick<DocumentInfo, 'title' | 'name'>): string {
  return title.trim() || (MADE_UP.test(name) ? 'Untitled' : name);
}

/** The chosen name, where the title hides it; empty otherwise. */
export function otherName({ title, name }: Pick<DocumentInfo, 'title' | 'name'>): string {
  return title.trim() && title.trim() !== name && !MADE_UP.test(name) ? name : '';
}

export function pageOf({ kind, name }: Pick<DocumentInfo, 'kind' | 'name'>): string {
  return `/${kind === 'whiteboard' ? 'w' : 'd'}/${encodeURIComponent(name)}`;
}

export interface Part {
  text: string;
  found: boolean;
}

/** Splits `text` into what matches `query`, whatever its case and however its accents are written, and what lies between. */
export function highlight(text: string, query: string): Part[] {
  const wanted = fold(canonical(query.trim()).text);
  const composed = canonical(text);
  const folded = fold(composed.text);
  const parts: Part[] = [];
  let at = 0;
  // A letter whose folded form has another length would shift every later match.
  if (wanted.length > 0 && folded.length === composed.text.length) {
    for (let hit = folded.indexOf(wanted); hit >= 0; hit = folded.indexOf(wanted, hit + wanted.length)) {
      const { from, to } = composed.range(hit, hit + wanted.length);
      if (from > at) parts.push({ text: text.slice(at, from), found: false });
      at = to;
      parts.push({ text: text.slice(from, to), found: true });
    }
  }
  if (at < text.length) parts.push({ text: text.slice(at), found: false });
  return parts;
}

function fold(text: string): string {
  return text.toLowerCase();
}
