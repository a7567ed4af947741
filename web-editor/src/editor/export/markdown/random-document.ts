/** Documents made at random from the whole schema, of text that looks like syntax. The same seed makes the same. For tests. */
import type { JSONContent } from '@tiptap/core';

const SYNTAX = [
  '# ', '## x', '#', '1. ', '1) x', '12', '- ', '-', '+ a', '* ', '> ', '>', '|', ' | a | b |', '---', '--- | ---', ':-', ': ', '===', '==', '==a==', '[ ] ', '[x] ', '[', ']', '[a](b)', '](', '[a]: b',
  '*', '**', '_', '__', 'a_b', 'snake_case_', '~', '~~', '`', '``', '```', '<b>', '</b>', '<', '<u>x</u>', '<br>', '<!-- x -->', '<https://a.example>', '&amp;', '&', '&#35;', '&nbsp;', ':', ':)', 'https://a.example/b_c', 'mailto:a@b.example', '//a.example',
  '\\', '\\\\', '!', '![', '^', '[^1]', '[^1]: x', '$', '{', '=', '\u00a0', '"', "'", '@', '++', '%', '\ufeff', '\u2028',
];
const WORDS = ['word', 'two words', 'é', 'e\u0301', '你好', 'שלום', '🎉', '👩‍👩‍👧', 'x', '5', 'A', '.', ',', ' ', '  ', '\t', ' a', 'a ', 'ﬀ', '𝒜'];
const LINKS = ['https://a.example/', 'https://a.example/b_(c)?d=1&copy;=2#e', 'mailto:a@b.example', 'https://a.example/a b', 'http://x.example/<y>', 'https://a.example/%20"\\', 'tel:+4912345', 'https://bücher.example/ä'];
const PLAIN_MARKS = ['bold', 'italic', 'strike', 'underline', 'highlight', 'subscript', 'superscript'];
const HASHES = ['ab'.repeat(32), 'c0'.repeat(32)];

/** Mulberry32: small, and the same everywhere. */
export function random(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296;
  };
}

export function randomDocument(seed: number): JSONContent {
  return new Maker(random(seed)).doc();
}

class Maker {
  readonly #next: () => number;

  constructor(next: () => number) {
    this.#next = next;
  }

  doc(): JSONContent {
    return { type: 'doc', content: this.#blocks(1 + this.#below(6), 0) };
  }

  #below(limit: number): number {
    return Math.floor(this.#next() * limit);
  }

  #of<T>(all: readonly T[]): T {
    return all[this.#below(all.length)]!;
  }

  #blocks(count: number, depth: number): JSONContent[] {
    return Array.from({ length: count }, () => this.#block(depth));
  }

  #block(depth: number): JSONContent {
    const flat = [() => this.#paragraph(), () => this.#paragraph(), () => this.#heading(), () => this.#code(), () => ({ type: 'horizontalRule' }), () => this.#image()];
    const deep = [() => this.#list('bulletList', depth), () => this.#list('orderedList', depth), () => this.#list('taskList', depth), () => ({ type: 'blockquote', content: this.#blocks(1 + this.#below(3), depth + 1) }), () => this.#table(depth)];
    return this.#of(depth < 3 ? [...flat, ...deep] : flat)();
  }

  #paragraph(): JSONContent {
    return { type: 'paragraph', content: this.#inline(this.#of([0, 1, 1, 2, 3, 5])) };
  }

  #heading(): JSONContent {
    return { type: 'heading', attrs: { level: 1 + this.#below(3) }, content: this.#inline(this.#below(4)) };
  }

  #code(): JSONContent {
    const lines = Array.from({ length: this.#below(5) }, () => this.#of(['', '', '```', '~~~~', 'let a = `b`;', '  two', '\ttab', '````js', '    four', '<b>', '- a', '# b', '&amp;', 'a  ', '|', '> q']));
    const text = lines.join('\n');
    return { type: 'codeBlock', attrs: { language: this.#of([null, null, 'rust', 'c++', 'c#', 'objective-c']) }, content: text === '' ? [] : [{ type: 'text', text }] };
  }

  #image(): JSONContent {
    const sized = this.#next() < 0.5;
    return { type: 'image', attrs: { blob: this.#of(HASHES), type: sized ? 'image/png' : null, width: sized ? 40 : null, height: sized ? 20 : null, alt: this.#of([null, 'A cat', ...SYNTAX.filter((text) => text.trim() === text)]), upload: null } };
  }

  #list(type: string, depth: number): JSONContent {
    const items = Array.from({ length: 1 + this.#below(3) }, () => {
      const content = [this.#paragraph(), ...this.#blocks(this.#of([0, 0, 0, 1, 1, 2]), depth + 1)];
      return type === 'taskList' ? { type: 'taskItem', attrs: { checked: this.#next() < 0.5 }, content } : { type: 'listItem', content };
    });
    return type === 'orderedList' ? { type, attrs: { start: this.#of([1, 1, 3, 0, 99]), type: null }, content: items } : { type, content: items };
  }

  #table(depth: number): JSONContent {
    const width = 1 + this.#below(3);
    const plain = this.#next() < 0.6;
    const aligns = Array.from({ length: width }, () => this.#of([null, null, 'left', 'center', 'right']));
    const cell = (row: number, column: number): JSONContent => ({
      type: (plain ? row === 0 : this.#next() < 0.3) ? 'tableHeader' : 'tableCell',
      attrs: { colspan: 1, rowspan: 1, colwidth: null, align: plain ? aligns[column]! : this.#of([null, 'right']) },
      content: plain ? [this.#paragraph()] : this.#blocks(1 + this.#below(2), depth + 1),
    });
    const rows = Array.from({ length: 1 + this.#below(3) }, (_row, row) => ({ type: 'tableRow', content: Array.from({ length: width }, (_cell, column) => cell(row, column)) }));
    if (!plain && width > 1 && this.#next() < 0.4) rows[0]!.content.splice(1, 1, ...[]), (rows[0]!.content[0]!.attrs = { ...rows[0]!.content[0]!.attrs, colspan: 2, colwidth: [80, 90] });
    return { type: 'table', content: rows };
  }

  #inline(count: number): JSONContent[] {
    const nodes: JSONContent[] = [];
    let marks: JSONContent['marks'] = [];
    for (let at = 0; at < count; at += 1) {
      // Marks go on, begin and end at any place, so that they nest and cross.
      if (this.#next() < 0.6) marks = this.#marks(marks);
      const node = this.#next() < 0.12 ? { type: 'hardBreak' } : { type: 'text', text: this.#text() };
      nodes.push(marks.length > 0 ? { ...node, marks } : node);
    }
    return nodes;
  }

  #marks(before: NonNullable<JSONContent['marks']>): NonNullable<JSONContent['marks']> {
    const kept = before.filter(({ type }) => type !== 'code' && this.#next() < 0.6);
    const chance = this.#next();
    if (chance < 0.12) return [{ type: 'code' }];
    if (chance < 0.25 && !kept.some(({ type }) => type === 'link')) return [...kept, { type: 'link', attrs: this.#next() < 0.3 ? { href: this.#of(LINKS), title: this.#of(['a "b"', 'x\\', '&amp;']) } : { href: this.#of(LINKS) } }];
    const type = this.#of(PLAIN_MARKS);
    const other = { subscript: 'superscript', superscript: 'subscript' }[type];
    return chance < 0.75 && !kept.some((mark) => mark.type === type || mark.type === other) ? [...kept, { type }] : kept;
  }

  #text(): string {
    return Array.from({ length: 1 + this.#below(3) }, () => (this.#next() < 0.5 ? this.#of(SYNTAX) : this.#of(WORDS))).join('');
  }
}
