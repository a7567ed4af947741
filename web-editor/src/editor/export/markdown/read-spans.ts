/** The text of a block of Markdown as text nodes with marks, and the images in it. Pure. */
import type { JSONContent } from '@tiptap/core';
import type { Token } from 'markdown-it';
import { isLinkAllowed } from '../../menu/link-target';
import type { ImageOf } from '../../paste/clean';

export type Span = JSONContent | { block: JSONContent };
type MarkJson = { type: string; attrs?: Record<string, unknown> };

const OPENED: Record<string, string> = { strong_open: 'bold', em_open: 'italic', s_open: 'strike', mark_open: 'highlight' };
const ELEMENTS: Record<string, string> = {
  b: 'bold', strong: 'bold', i: 'italic', em: 'italic', cite: 'italic', var: 'italic', dfn: 'italic', s: 'strike', del: 'strike', strike: 'strike', u: 'underline', ins: 'underline',
  code: 'code', kbd: 'code', samp: 'code', tt: 'code', sub: 'subscript', sup: 'superscript', mark: 'highlight', a: 'link',
};

export function readSpans(tokens: Token[], image: ImageOf): Span[] {
  const reader = new Spans(image);
  for (const token of tokens) reader.read(token);
  return reader.spans;
}

class Spans {
  readonly spans: Span[] = [];
  readonly #image: ImageOf;
  readonly #open: { name: string; mark: MarkJson | null }[] = [];

  constructor(image: ImageOf) {
    this.#image = image;
  }

  read(token: Token): void {
    const { type, content } = token;
    if (OPENED[type]) this.#open.push({ name: type.replace('_open', ''), mark: { type: OPENED[type]! } });
    else if (type === 'link_open') this.#open.push({ name: 'link', mark: linkMark(attribute(token, 'href'), attribute(token, 'title')) });
    else if (type.endsWith('_close')) this.#close(type.replace('_close', ''));
    else if (type === 'code_inline') this.#text(content, { type: 'code' });
    else if (type === 'softbreak') this.#text(' ');
    else if (type === 'hardbreak') this.#add({ type: 'hardBreak' });
    else if (type === 'image') this.#picture(attribute(token, 'src') ?? '', plainOf(token));
    else if (type === 'note_ref') this.#text(content, { type: 'superscript' });
    else if (type === 'html_inline') this.#element(content);
    else this.#text(content);
  }

  #element(html: string): void {
    const [, closing, named] = /^<(\/?)([a-z][a-z0-9]*)/i.exec(html) ?? [];
    const name = named?.toLowerCase() ?? '';
    if (name === 'br') return this.#add({ type: 'hardBreak' });
    if (name === 'img') {
      const image = elementOf(html) as HTMLImageElement | null;
      return this.#picture(image?.getAttribute('src') ?? '', image?.alt ?? '');
    }
    const mark = ELEMENTS[name];
    if (!mark) return;
    if (closing) return this.#close(`<${name}>`);
    const element = mark === 'link' ? elementOf(html) : null;
    this.#open.push({ name: `<${name}>`, mark: mark === 'link' ? linkMark(element?.getAttribute('href') ?? null, element?.getAttribute('title') ?? null) : { type: mark } });
  }

  #close(name: string): void {
    const at = this.#open.findLastIndex((open) => open.name === name);
    if (at >= 0) this.#open.splice(at, 1);
  }

  #picture(src: string, alt: string): void {
    const attrs = this.#image(src, alt);
    if (attrs) this.spans.push({ block: { type: 'image', attrs } });
    // Everybody who opens the document would fetch it from there; a link asks first.
    else this.#text(alt || 'Image', linkMark(src, null));
  }

  #text(text: string, mark: MarkJson | null = null): void {
    if (text !== '') this.#add({ type: 'text', text }, mark);
  }

  #add(node: JSONContent, mark: MarkJson | null = null): void {
    const marks = marksOf([...this.#open.map((open) => open.mark), mark]);
    const last = this.spans.at(-1);
    if (last && 'text' in last && node.text && JSON.stringify(last.marks ?? []) === JSON.stringify(marks)) last.text += node.text;
    else this.spans.push(marks.length > 0 ? { ...node, marks } : node);
  }
}

/** Each kind once; the innermost link counts. Code has no other mark, and what is raised is not lowered. */
function marksOf(all: (MarkJson | null)[]): MarkJson[] {
  const marks = new Map(all.flatMap((mark) => (mark ? [[mark.type, mark] as const] : [])));
  if (marks.has('code')) return [{ type: 'code' }];
  if (marks.has('subscript')) marks.delete('superscript');
  return [...marks.values()];
}

function linkMark(href: string | null, title: string | null): MarkJson | null {
  if (!href || !isLinkAllowed(href)) return null;
  return { type: 'link', attrs: title ? { href, title } : { href } };
}

/** An element with its attributes, in a document of its own that loads nothing. */
function elementOf(html: string): Element | null {
  return new DOMParser().parseFromString(html, 'text/html').body.firstElementChild;
}

function plainOf({ children }: Token): string {
  return (children ?? []).map(({ type, content }) => (type === 'softbreak' || type === 'hardbreak' ? ' ' : content)).join('');
}

function attribute(token: Token, name: string): string | null {
  const value = token.attrGet(name);
  return value === null ? null : String(value);
}
