/** Text with marks as Markdown. Signs are used where every reader takes them as meant, HTML elements everywhere else. Pure. */
import { Mark, type Node } from '@tiptap/pm/model';
import { isLinkAllowed } from '../../menu/link-target';
import { escapeTarget, escapeText, escapeTitle } from './escape';

type Span = { node: Node } | { mark: Mark; children: Span[] };

export interface Line {
  /** How a line break is written: in a heading or a cell there can be no second line. */
  breaks: 'line' | 'element';
}

/** A sign that stands around text, and whether it may stand inside of a word. */
const SIGNS: Record<string, { sign: string; inWord: boolean }> = {
  bold: { sign: '**', inWord: true },
  italic: { sign: '_', inWord: false },
  strike: { sign: '~~', inWord: true },
};
const ELEMENTS: Record<string, string> = {
  bold: 'strong', italic: 'em', strike: 's', underline: 'u', code: 'code', subscript: 'sub', superscript: 'sup', highlight: 'mark',
};
/** Stands for any sign that is neither a letter nor a space. */
const SIGN = '(';
const AUTOMATIC = /^(?:https?:|mailto:)[^\s<>\\&*_`[\]~]+$/i;

export function writeSpans(block: Node, line: Line): string {
  return new Spans(line).write(nest(block));
}

/** Nested so that no mark is closed while one opened after it goes on; those that last longest are outermost. */
function nest(block: Node): Span[] {
  const all: Marked[] = [];
  block.forEach((node) => {
    const marks = node.marks.filter(isWritten);
    const last = all.at(-1);
    // What only a mark of another app kept apart is one text here.
    if (last?.node.isText && node.isText && Mark.sameSet(last.marks, marks)) last.node = node.type.schema.text(last.node.text! + node.text!);
    else all.push({ node, marks });
  });
  return group(all);
}

interface Marked {
  node: Node;
  marks: readonly Mark[];
}

function group(all: Marked[]): Span[] {
  const spans: Span[] = [];
  for (let at = 0; at < all.length; ) {
    const { node, marks } = all[at]!;
    let best: { mark: Mark; length: number } | null = null;
    for (const mark of marks) {
      let end = at;
      while (end < all.length && mark.isInSet(all[end]!.marks)) end += 1;
      if (!best || end - at > best.length) best = { mark, length: end - at };
    }
    if (best) {
      const { mark, length } = best;
      spans.push({ mark, children: group(all.slice(at, at + length).map((one) => ({ node: one.node, marks: mark.removeFromSet(one.marks) }))) });
      at += length;
    } else {
      spans.push({ node });
      at += 1;
    }
  }
  return spans;
}

/** Marks of other apps have no words in Markdown. */
function isWritten({ type, attrs }: Mark): boolean {
  return type.name === 'link' ? typeof attrs.href === 'string' && isLinkAllowed(attrs.href) : type.name in ELEMENTS;
}

class Spans {
  readonly #line: Line;

  constructor(line: Line) {
    this.#line = line;
  }

  write(spans: Span[]): string {
    return this.#all(spans, '', '');
  }

  /** `before` and `after` are the signs around it; empty at the ends of a line. */
  #all(spans: Span[], before: string, after: string): string {
    let text = '';
    spans.forEach((span, at) => {
      const last = text.at(-1) === '\n' ? '' : (signAt(text, -1) ?? before);
      text += this.#one(span, last, next(spans[at + 1], after), spans[at + 1] !== undefined || after !== '');
    });
    return text;
  }

  #one(span: Span, before: string, after: string, followed: boolean): string {
    if ('mark' in span) return this.#mark(span.mark, span.children, before, after);
    const { node } = span;
    if (node.type.name === 'hardBreak') return this.#line.breaks === 'line' && followed ? '\\\n' : '<br>';
    if (!node.isText) return escapeText(node.textContent || node.type.name, { start: before === '', end: after === '' });
    return escapeText(node.text!, { start: before === '', end: after === '' || after === '\n' });
  }

  #mark(mark: Mark, children: Span[], before: string, after: string): string {
    const name = mark.type.name;
    if (name === 'code') return this.#code(children);
    // Inside, whatever stands around is a sign and no letter or space.
    const inner = this.#all(children, SIGN, SIGN);
    if (name === 'link') return link(mark, children, inner);
    const { sign, inWord } = SIGNS[name] ?? {};
    if (sign && stands(sign, inner, before, after, inWord === true)) return `${sign}${inner}${sign}`;
    const element = ELEMENTS[name]!;
    return `<${element}>${inner}</${element}>`;
  }

  #code(children: Span[]): string {
    const text = children.map((child) => ('node' in child && child.node.isText ? child.node.text! : '\n')).join('');
    if (/[\t\n\r]/.test(text)) return `<code>${this.#all(children, SIGN, SIGN)}</code>`;
    const longest = Math.max(0, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
    const fence = '`'.repeat(longest + 1);
    const room = /^`|`$/.test(text) || (text.startsWith(' ') && text.endsWith(' ') && /[^ ]/.test(text)) ? ' ' : '';
    return fence + room + text + room + fence;
  }
}

function link({ attrs }: Mark, children: Span[], inner: string): string {
  const href = attrs.href as string;
  const [only] = children;
  const title = typeof attrs.title === 'string' && attrs.title !== '' ? ` "${escapeTitle(attrs.title)}"` : '';
  if (!title && children.length === 1 && 'node' in only! && only.node.text === href && AUTOMATIC.test(href)) return `<${href}>`;
  return `[${inner}](${escapeTarget(href)}${title})`;
}

/** The sign that the next thing begins with. Whatever is marked or escaped begins with one that is no letter. */
function next(span: Span | undefined, after: string): string {
  if (!span) return after;
  if ('mark' in span) return SIGN;
  if (!span.node.isText) return span.node.type.name === 'hardBreak' ? '\n' : SIGN;
  return signAt(escapeText(span.node.text!, { start: false, end: false }), 0) ?? after;
}

function signAt(text: string, at: 0 | -1): string | undefined {
  const signs = at === 0 ? text.slice(0, 2) : text.slice(-2);
  return [...signs].at(at);
}

type Kind = 'space' | 'letter' | 'sign';

/** Readers do not agree on what an emoji, an accent by itself or a space without width is; each answer has to do. */
function kinds(sign: string): Kind[] {
  if (sign === '' || /[\n\p{Zs}]/u.test(sign)) return ['space'];
  if (/\s/.test(sign)) return ['space', 'sign', 'letter'];
  if (/[\p{L}\p{N}]/u.test(sign)) return ['letter'];
  return /[\x21-\x7e]/.test(sign) ? ['sign'] : ['sign', 'letter'];
}

/** Whether a sign around `inner` is certain to open and to close. */
function stands(sign: string, inner: string, before: string, after: string, inWord: boolean): boolean {
  const [first, last] = [signAt(inner, 0) ?? '', signAt(inner, -1) ?? ''];
  if (first === '' || before === sign[0] || after === sign[0] || first === sign[0] || last === sign[0]) return false;
  const opens = kinds(before).every((outside) => kinds(first).every((within) => turns(outside, within) && (inWord || !turns(within, outside))));
  return opens && kinds(after).every((outside) => kinds(last).every((within) => turns(outside, within) && (inWord || !turns(within, outside))));
}

/** Whether a sign between the two holds on to `within`: by CommonMark, “flanking”. */
function turns(outside: Kind, within: Kind): boolean {
  return within === 'letter' || (within === 'sign' && outside !== 'letter');
}
