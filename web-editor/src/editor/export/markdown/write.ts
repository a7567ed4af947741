/** The text as Markdown that comes back as the same text: CommonMark with tables, tasks and strikethrough. Pure. */
import type { Node } from '@tiptap/pm/model';
import { escapeTarget, escapeText, numbers } from './escape';
import { writeHtml } from './html';
import { writeSpans } from './spans';
import { cellAligns, isPlainTable } from './tables';

export interface Picture {
  /** Null where there are no bytes to point to. */
  src: string | null;
  alt: string;
}

export type PictureOf = (image: Node) => Picture;

/** Markdown knows no empty paragraph; most readers show this as one. */
export const EMPTY = '&nbsp;';
const LISTS: Record<string, string> = { bulletList: 'bullets', taskList: 'bullets', orderedList: 'numbers' };
/** As many digits as the number of an item may have. */
const NUMBER_MAX = 999_999_999;

export function writeMarkdown(doc: Node, picture: PictureOf): string {
  const blocks = new Writer(picture).blocks(doc);
  return blocks.length === 1 && blocks[0] === EMPTY ? '' : blocks.join('\n\n');
}

class Writer {
  readonly #picture: PictureOf;

  constructor(picture: PictureOf) {
    this.#picture = picture;
  }

  /** The children of a node, each as its lines. */
  blocks(parent: Node): string[] {
    const written: string[] = [];
    let [kind, other] = ['', false];
    parent.forEach((node) => {
      const now = LISTS[node.type.name] ?? '';
      // Two lists in a row are one, unless their markers differ.
      other = now !== '' && now === kind && !other;
      kind = now;
      written.push(now ? this.#list(node, other) : this.#block(node));
    });
    return written;
  }

  #block(node: Node): string {
    switch (node.type.name) {
      case 'paragraph':
        return paragraph(node);
      case 'heading':
        return writeHeading(Number(node.attrs.level) || 1, writeSpans(node, { breaks: 'element' }));
      case 'blockquote':
        return prefix(this.blocks(node).join('\n\n'), '> ', '> ');
      case 'codeBlock':
        return code(node);
      case 'horizontalRule':
        return '---';
      case 'image':
        return this.#image(node);
      case 'table':
        return isPlainTable(node) ? table(node) : writeHtml(node, this.#picture);
      default:
        return this.#foreign(node);
    }
  }

  #list(list: Node, other: boolean): string {
    const items: string[] = [];
    const simple = isSimple(list);
    list.forEach((item, _offset, index) => items.push(this.#item(item, markerOf(list, index, other), simple)));
    return items.join(simple ? '\n' : '\n\n');
  }

  #item(item: Node, marker: string, simple: boolean): string {
    const blocks = this.blocks(item);
    const task = item.type.name === 'taskItem' ? `[${item.attrs.checked === true ? 'x' : ' '}]` : null;
    if (blocks[0] === EMPTY && (task !== null || blocks.length === 1)) blocks[0] = '';
    const first = task === null ? blocks[0]! : `${task} ${blocks[0]}`.trimEnd();
    return prefix([first, ...blocks.slice(1)].join(simple ? '\n' : '\n\n'), `${marker} `, ' '.repeat(marker.length + 1));
  }

  #image(node: Node): string {
    const { src, alt } = this.#picture(node);
    const text = escapeText(alt, { start: false, end: false });
    return src ? `![${text}](${escapeTarget(src)})` : escapeText(alt, { start: true, end: true }) || EMPTY;
  }

  /** Blocks of another app as what they hold. */
  #foreign(node: Node): string {
    if (node.isTextblock) return paragraph(node);
    return node.childCount > 0 ? this.blocks(node).join('\n\n') : escapeText(node.type.name, { start: true, end: true });
  }
}

/** An element alone in its line would begin a block of HTML. */
function paragraph(node: Node): string {
  const text = writeSpans(node, { breaks: 'line' });
  return text === '<br>' ? '<span><br></span>' : text || EMPTY;
}

/** Signs at its end would be taken for an underline of it. */
export function writeHeading(level: number, text: string): string {
  return `${'#'.repeat(level)} ${text.replace(/(?<=(?:^|[^\\])(?:\\\\)*)#$/, '\\#')}`.trimEnd();
}

/** Whether the items can stand line below line: one paragraph each, and lists of such. */
function isSimple(list: Node): boolean {
  return list.content.content.every((item) =>
    item.content.content.every((node, at) => (at === 0 ? node.type.name === 'paragraph' : at === 1 && mayFollowText(node, item))),
  );
}

/** A list right below a line of text is taken for more of that text where it begins with nothing, or with another number than 1. */
function mayFollowText(list: Node, item: Node): boolean {
  if (!(list.type.name in LISTS) || !isSimple(list) || item.childCount > 2 || item.firstChild?.childCount === 0) return false;
  if (list.type.name === 'orderedList' && startOf(list) !== 1) return false;
  return list.type.name === 'taskList' || list.firstChild?.firstChild?.childCount !== 0;
}

function markerOf(list: Node, index: number, other: boolean): string {
  if (list.type.name !== 'orderedList') return other ? '*' : '-';
  return `${Math.min(startOf(list) + index, NUMBER_MAX)}${other ? ')' : '.'}`;
}

function startOf({ attrs }: Node): number {
  const start = Math.trunc(Number(attrs.start));
  return start >= 0 && start <= NUMBER_MAX ? start : 1;
}

/** An empty line gets no spaces. */
function prefix(text: string, first: string, rest: string): string {
  const lines = text.split('\n').map((line, at) => {
    const before = at === 0 ? first : rest;
    return line === '' ? before.trimEnd() : before + line;
  });
  return lines.join('\n');
}

function code(node: Node): string {
  const text = node.textContent;
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map(([run]) => run.length));
  const fence = '`'.repeat(longest + 1);
  const { language } = node.attrs;
  const name = typeof language === 'string' ? language.replace(/[^\w+#.-]/gu, numbers) : '';
  return `${fence}${name}\n${text}${text === '' ? '' : '\n'}${fence}`;
}

function table(node: Node): string {
  const rows = node.content.content.map((row) => `| ${row.content.content.map(writeCell).join(' | ')} |`);
  const rule = cellAligns(node).map((align) => ({ left: ':---', center: ':---:', right: '---:' })[align ?? ''] ?? '---');
  return [rows[0], `| ${rule.join(' | ')} |`, ...rows.slice(1)].join('\n');
}

/** A stroke is a border, wherever it stands. */
function writeCell(cell: Node): string {
  return writeSpans(cell.firstChild!, { breaks: 'element' }).replaceAll('|', '\\|');
}
