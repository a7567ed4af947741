/** Markdown as nodes of the editor's schema. */
import type { JSONContent } from '@tiptap/core';
import { DOMParser as HtmlParser, type Schema } from '@tiptap/pm/model';
import type { Token } from 'markdown-it';
import { become, cleanPasted, type ImageOf } from '../../paste/clean';
import { fitItem, notesList, splitTasks } from './fit';
import { parser, type Env } from './parser';
import { readSpans, type Span } from './read-spans';
import { EMPTY } from './write';

export interface Reading {
  schema: Schema;
  image: ImageOf;
}

/** Elements that make a block of HTML; anything else is text with marks. */
const BLOCK = /<(?:table|p|div|h[1-6]|ul|ol|li|pre|blockquote|hr|details|summary|section|article|dl|figure)\b/i;
const HEADING_MAX = 3;

export function readMarkdown(text: string, reading: Reading): JSONContent[] {
  const env: Env = {};
  const tokens = parser().parse(text.replace(/\r\n?/g, '\n'), env);
  return new Reader(tokens, reading).all(env.named ?? []);
}

class Reader {
  readonly #tokens: Token[];
  readonly #reading: Reading;
  readonly #notes = new Map<string, JSONContent>();
  #at = 0;

  constructor(tokens: Token[], reading: Reading) {
    this.#tokens = tokens;
    this.#reading = reading;
  }

  /** `named`: the notes in the order in which the text speaks of them. */
  all(named: string[]): JSONContent[] {
    const blocks = this.#blocks();
    const notes = [...new Set([...named, ...this.#notes.keys()])].flatMap((name) => this.#notes.get(name) ?? []);
    return notes.length > 0 ? [...blocks, ...notesList(notes)] : blocks;
  }

  /** Until the token that closes what is open. */
  #blocks(): JSONContent[] {
    const blocks: JSONContent[] = [];
    while (this.#at < this.#tokens.length) {
      const token = this.#tokens[this.#at]!;
      this.#at += 1;
      if (token.nesting === -1) break;
      blocks.push(...this.#block(token));
    }
    return blocks;
  }

  #block(token: Token): JSONContent[] {
    switch (token.type) {
      case 'paragraph_open':
        return this.#paragraph();
      case 'heading_open':
        return this.#heading(Math.min(Number(token.tag.slice(1)), HEADING_MAX));
      case 'blockquote_open':
        return [{ type: 'blockquote', content: filled(this.#blocks()) }];
      case 'bullet_list_open':
        return splitTasks(this.#items());
      case 'ordered_list_open':
        return [{ type: 'orderedList', attrs: { start: Number(token.attrGet('start') ?? 1) }, content: this.#items().map(({ item }) => item) }];
      case 'fence':
      case 'code_block':
        return [codeBlock(token)];
      case 'hr':
        return [{ type: 'horizontalRule' }];
      case 'html_block':
        return this.#html(token.content);
      case 'table_open':
        return [{ type: 'table', content: this.#rows() }];
      case 'note_open':
        this.#notes.set(String(token.meta?.name), fitItem('listItem', this.#blocks()));
        return [];
      default:
        return token.nesting === 1 ? this.#blocks() : [];
    }
  }

  /** Between the tokens that open and close its block. */
  #inline(): Span[] {
    const token = this.#tokens[this.#at]!;
    this.#at += 2;
    return spansOf(token, this.#reading);
  }

  /** Images in it stand below. */
  #heading(level: number): JSONContent[] {
    const spans = this.#inline();
    const text = spans.flatMap((span) => ('block' in span ? [] : [span]));
    return [{ type: 'heading', attrs: { level }, content: text }, ...spans.flatMap((span) => ('block' in span ? [span.block as JSONContent] : []))];
  }

  #paragraph(): JSONContent[] {
    const token = this.#tokens[this.#at]!;
    this.#at += 2;
    if (token.content.trim() === EMPTY) return [{ type: 'paragraph' }];
    return paragraphs(spansOf(token, this.#reading));
  }

  #items(): { item: JSONContent; task: boolean }[] {
    const items: { item: JSONContent; task: boolean }[] = [];
    while (this.#tokens[this.#at]?.type === 'list_item_open') {
      const checked = this.#tokens[this.#at]!.meta?.checked as boolean | undefined;
      this.#at += 1;
      const blocks = this.#blocks();
      const task = checked !== undefined;
      items.push({ task, item: { ...fitItem(task ? 'taskItem' : 'listItem', blocks), ...(task && { attrs: { checked } }) } });
    }
    this.#at += 1;
    return items;
  }

  #rows(): JSONContent[] {
    const rows: JSONContent[] = [];
    for (let token = this.#tokens[this.#at]!; token.type !== 'table_close'; token = this.#tokens[this.#at]!) {
      this.#at += 1;
      if (token.type === 'tr_open') rows.push({ type: 'tableRow', content: [] });
      if (token.type !== 'th_open' && token.type !== 'td_open') continue;
      const align = /left|center|right/.exec(String(token.attrGet('style') ?? ''))?.[0] ?? null;
      rows.at(-1)!.content!.push({ type: token.type === 'th_open' ? 'tableHeader' : 'tableCell', attrs: { align }, content: paragraphs(this.#inline()) });
    }
    this.#at += 1;
    return rows;
  }

  #html(html: string): JSONContent[] {
    if (!BLOCK.test(html)) {
      const [token] = parser().parseInline(html.trim(), {});
      const spans = spansOf(token!, this.#reading);
      return spans.length > 0 ? paragraphs(spans) : [];
    }
    // What asks for its spaces to be kept is an export of ours; anything else is as wild as a clipboard.
    const { body } = new DOMParser().parseFromString(html, 'text/html');
    const exact = (body.firstElementChild as HTMLElement | null)?.style.whiteSpace === 'pre-wrap';
    if (exact) for (const image of body.querySelectorAll('img')) this.#adopt(image);
    else body.innerHTML = cleanPasted(html, this.#reading.image);
    const slice = HtmlParser.fromSchema(this.#reading.schema).parse(body, { preserveWhitespace: exact, topNode: this.#reading.schema.topNodeType.create() });
    return (slice.toJSON() as JSONContent).content ?? [];
  }

  #adopt(image: HTMLImageElement): void {
    const found = this.#reading.image(image.getAttribute('src') ?? '', image.alt);
    if (found) become(image, found);
    else image.replaceWith(image.alt);
  }
}

function spansOf(token: Token, { image }: Reading): Span[] {
  return readSpans(token.children ?? [], image);
}

/** An image stands between paragraphs. */
function paragraphs(spans: Span[]): JSONContent[] {
  const blocks: JSONContent[] = [];
  let text: JSONContent[] = [];
  const close = () => {
    if (text.length > 0) blocks.push({ type: 'paragraph', content: text });
    text = [];
  };
  for (const span of spans) {
    if (!('block' in span)) {
      text.push(span);
      continue;
    }
    close();
    blocks.push(span.block);
  }
  close();
  return blocks.length > 0 ? blocks : [{ type: 'paragraph' }];
}

function filled(blocks: JSONContent[]): JSONContent[] {
  return blocks.length > 0 ? blocks : [{ type: 'paragraph' }];
}

function codeBlock({ type, info, content }: Token): JSONContent {
  const text = content.replace(/\n$/, '');
  const [word = ''] = info.trim().split(/\s/);
  const language = type === 'fence' ? parser().utils.unescapeAll(word) || null : null;
  return { type: 'codeBlock', attrs: { language }, content: text === '' ? [] : [{ type: 'text', text }] };
}
