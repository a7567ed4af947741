/** Text as Markdown that says nothing but that text, whatever the text looks like. Pure. */

/** Signs that begin something anywhere in a line. */
const ANYWHERE = /[\\`*[\]~^]|(?<![\p{L}\p{N}_])_+|_+(?![\p{L}\p{N}_])|<(?=[A-Za-z/!?]|$)|&(?=#|[A-Za-z])|!(?=\[|$)|=(?==|$)|(?<=https?|mailto):/giu;
/** What begins a block, or underlines one, at the start of a line. A rule or a table's second row ends with the line. */
const AT_START = /^(?:#(?=#{0,5}(?:\s|$))|>|[-+](?=[\s\-|:]|$)|=(?=[\s=]|$)|[:|](?=[\s\-|:]|$)|\d{1,9}(?=[.)](?:\s|$)|$))/;

export interface Place {
  /** The first thing in its line. */
  start: boolean;
  /** The last. */
  end: boolean;
}

/** Spaces at the ends of a line would be taken away, so they are written as numbers. */
export function escapeText(text: string, { start, end }: Place): string {
  const [, before, middle, after] = /^(\s*)([^]*?)(\s*)$/.exec(text)!;
  const signs = escapeSigns(middle!);
  const first = start && before === '' ? escapeStart(signs, middle!) : signs;
  if (middle === '') return start || end ? numbers(before!) : inside(before!);
  return (start ? numbers(before!) : inside(before!)) + inside(first) + (end ? numbers(after!) : inside(after!));
}

function escapeSigns(text: string): string {
  return text.replace(ANYWHERE, (found) => found.replace(/[^]/gu, '\\$&'));
}

function escapeStart(escaped: string, text: string): string {
  const found = AT_START.exec(text)?.[0];
  if (found === undefined || escaped.startsWith('\\')) return escaped;
  // Of a number it is the dot behind it that makes a list.
  return /^\d/.test(found) ? escaped.replace(/^(\d+)([.)]?)/, (_whole, digits: string, dot: string) => (dot ? `${digits}\\${dot}` : digits)) : `\\${escaped}`;
}

/** Line breaks and tabs inside a text mean something else in a file. */
function inside(text: string): string {
  return text.replace(/[\t\n\r]/g, numbers);
}

/** As the numbers of its signs, which every reader turns back. */
export function numbers(text: string): string {
  return text.replace(/[^]/gu, (sign) => `&#${sign.codePointAt(0)};`);
}

/** An address as the target of a link. */
export function escapeTarget(href: string): string {
  const signs = href.replace(/[\r\n]/g, '').replace(/[<>\\]|&(?=#|[A-Za-z][A-Za-z0-9]*;)/g, '\\$&');
  return /^[^\s()<>\\\p{Cc}]+$/u.test(href) ? signs : `<${signs}>`;
}

export function escapeTitle(title: string): string {
  return title.replace(/["\\]|&(?=#|[A-Za-z])/g, '\\$&').replace(/\s/g, (sign) => (sign === ' ' ? sign : numbers(sign)));
}

export function escapeHtml(text: string): string {
  return text.replace(/[&<>"]/g, numbers).replace(/[\t\n\r]/g, numbers);
}
