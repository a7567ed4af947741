/** The parser: CommonMark with tables, strikethrough, tasks, highlights and footnotes. It yields tokens and never HTML. */
import MarkdownIt, { type MarkdownIt as Parser, type StateBlock, type StateCore, type StateInline, type Env as AnyEnv } from 'markdown-it';

/** What the parts of one text tell each other. */
export interface Env extends AnyEnv {
  /** Names of the notes that are there. */
  written?: Set<string>;
  /** Names in the order in which the text speaks of them. */
  named?: string[];
}

/** Nothing people write is nested deeper. */
const NESTING_MAX = 400;
const TASK = /^\[([ xX])\](?:\s+|$)/;
const NOTE = /^\[\^([^\s\\\]]{1,60})\]/;

let made: Parser | null = null;

export function parser(): Parser {
  made ??= make();
  return made;
}

function make(): Parser {
  const parser = new MarkdownIt({ html: true, linkify: true });
  parser.set({ maxNesting: NESTING_MAX } as object);
  // Addresses are kept as they were written; where they may lead is decided when they become links.
  parser.normalizeLink = (url) => url;
  parser.normalizeLinkText = (url) => url;
  parser.validateLink = () => true;
  parser.linkify?.set({ fuzzyLink: false, fuzzyEmail: false }).add('ftp:', null).add('//', null);
  parser.core.ruler.after('block', 'tasks', tasks);
  parser.inline.ruler.before('emphasis', 'highlight', highlight);
  parser.block.ruler.before('reference', 'notes', notes, { alt: ['paragraph', 'reference'] });
  parser.inline.ruler.before('link', 'note', note);
  return parser;
}

/** A box at the start of an item's text belongs to the item. */
function tasks({ tokens }: StateCore): void {
  tokens.forEach((token, at) => {
    const [paragraph, inline] = [tokens[at + 1], tokens[at + 2]];
    if (token.type !== 'list_item_open' || paragraph?.type !== 'paragraph_open' || inline?.type !== 'inline') return;
    const box = TASK.exec(inline.content);
    if (!box) return;
    token.meta = { checked: box[1] !== ' ' };
    inline.content = inline.content.slice(box[0].length);
  });
}

/** `==words==`; between letters it is a comparison in a program. */
function highlight(state: StateInline, silent: boolean): boolean {
  const { src, pos, posMax } = state;
  if (!src.startsWith('==', pos) || src[pos + 2] === '=' || /[\p{L}\p{N}=\\]/u.test(src[pos - 1] ?? ' ') || /\s/.test(src[pos + 2] ?? ' ')) return false;
  let end = pos + 2;
  for (; end < posMax && !src.startsWith('==', end); end += 1) if (src[end] === '\\') end += 1;
  if (end >= posMax || end === pos + 2 || /\s/.test(src[end - 1]!) || /[\p{L}\p{N}=]/u.test(src[end + 2] ?? ' ')) return false;
  if (silent) return true;
  state.push('mark_open', 'mark', 1);
  state.pos = pos + 2;
  state.posMax = end;
  state.md.inline.tokenize(state);
  state.push('mark_close', 'mark', -1);
  state.pos = end + 2;
  state.posMax = posMax;
  return true;
}

/** `[^1]: the note`, and what is indented below it. */
function notes(state: StateBlock, start: number, end: number, silent: boolean): boolean {
  const from = state.bMarks[start]! + state.tShift[start]!;
  const found = NOTE.exec(state.src.slice(from, state.eMarks[start]!));
  if (!found || state.src[from + found[0].length] !== ':' || state.sCount[start]! - state.blkIndent >= 4) return false;
  if (silent) return true;
  const text = from + found[0].length + 1;
  state.push('note_open', '', 1).meta = { name: found[1] };
  ((state.env as Env).written ??= new Set()).add(found[1]!);
  const { parentType, blkIndent } = state;
  const [mark, shift, count] = [state.bMarks[start]!, state.tShift[start]!, state.sCount[start]!];
  const space = /^[ \t]*/.exec(state.src.slice(text, state.eMarks[start]!))![0].length;
  state.bMarks[start] = text + space;
  state.tShift[start] = 0;
  state.sCount[start] = blkIndent + 4;
  state.blkIndent += 4;
  state.parentType = 'reference';
  state.md.block.tokenize(state, start, end);
  Object.assign(state, { parentType, blkIndent });
  [state.bMarks[start], state.tShift[start], state.sCount[start]] = [mark, shift, count];
  state.push('note_close', '', -1);
  return true;
}

/** Numbers in the order in which the notes are first spoken of. */
function note(state: StateInline, silent: boolean): boolean {
  const found = NOTE.exec(state.src.slice(state.pos, state.pos + 64));
  if (!found) return false;
  const { written, named } = state.env as Env;
  const names = named ?? ((state.env as Env).named = []);
  if (!written?.has(found[1]!)) return false;
  if (!names.includes(found[1]!)) names.push(found[1]!);
  if (!silent) state.push('note_ref', '', 0).content = String(names.indexOf(found[1]!) + 1);
  state.pos += found[0].length;
  return true;
}
