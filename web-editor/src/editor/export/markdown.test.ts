import type { JSONContent } from '@tiptap/core';
import { Fragment, type Node } from '@tiptap/pm/model';
import { describe, expect, it } from 'vitest';
import { ownSchema } from '../editor';
import { fromMarkdown, titleLine, toMarkdown } from './markdown';
import { randomDocument } from './markdown/random-document';

const schema = ownSchema();
const KEEPING = { document: 'a/b (c)', uploads: null };
const { env } = (globalThis as unknown as { process: { env: Record<string, string | undefined> } }).process;
/** `MARKDOWN_SEED=17 npx vitest run src/editor/export` tries that document only, with `MARKDOWN_DOCUMENTS=5000` as many from there on. */
const first = Number(env.MARKDOWN_SEED ?? 1);
const last = first + Number(env.MARKDOWN_DOCUMENTS ?? (env.MARKDOWN_SEED ? 1 : 200)) - 1;

/** With texts of the same marks joined, as the editor keeps them. */
function joined(node: Node): Node {
  return node.isText ? node : node.copy(Fragment.fromArray(node.content.content.map(joined)));
}

function load(content: JSONContent): Node {
  const doc = joined(schema.nodeFromJSON(content));
  doc.check();
  return doc;
}

const write = (doc: Node) => toMarkdown(doc, KEEPING.document);
const read = (markdown: string) => schema.nodeFromJSON({ type: 'doc', content: fromMarkdown(schema, markdown, KEEPING) });

const json = (markdown: string) => fromMarkdown(schema, markdown, KEEPING);
const text = (value: string, ...marks: string[]): JSONContent => (marks.length > 0 ? { type: 'text', text: value, marks: marks.map((type) => ({ type })) } : { type: 'text', text: value });
const paragraph = (...content: JSONContent[]): JSONContent => (content.length > 0 ? { type: 'paragraph', content } : { type: 'paragraph' });
const doc = (...content: JSONContent[]) => load({ type: 'doc', content });

describe('a document as Markdown', () => {
  // [P110]
  it('comes back as the same document, whatever its text looks like', () => {
    for (let seed = first; seed <= last; seed += 1) {
      const doc = load(randomDocument(seed));
      const markdown = write(doc);
      const back = read(markdown);
      back.check();
      if (!back.eq(doc)) expect(back.toJSON(), `seed ${seed}:\n${markdown}`).toEqual(doc.toJSON());
    }
  }, 600_000);

  // [P110]
  it.each([
    ['text', 'snake_case, 5 - 3, a.b (c) {d} 100% #tag x^2', 'snake_case, 5 - 3, a.b (c) {d} 100% #tag x\\^2'],
    ['a heading', '# no', '\\# no'],
    ['a list', '1. no', '1\\. no'],
    ['a bullet', '- no', '\\- no'],
    ['a number below zero', '-5 degrees', '-5 degrees'],
    ['a table', '| a | b |', '\\| a | b |'],
    ['a rule', '---', '\\---'],
    ['emphasis', '*a* _b_ ~~c~~ `d`', '\\*a\\* \\_b\\_ \\~\\~c\\~\\~ \\`d\\`'],
    ['an element', 'a < b <b> &amp; & c', 'a < b \\<b> \\&amp; & c'],
    ['an address', 'https://a.example', 'https\\://a.example'],
    ['spaces at its end', 'a  ', 'a&#32;&#32;'],
  ])('is escaped where it looks like %s, and nowhere else', (_of, plain, markdown) => expect(write(doc(paragraph(text(plain))))).toBe(`${markdown}\n`));

  // [P110]
  it('uses the usual signs where they are certain, and elements elsewhere', () => {
    expect(write(doc(paragraph(text('a '), text('b', 'bold'), text(' '), text('c', 'italic'), text(' '), text('d', 'bold', 'italic'), text(' '), text('e', 'strike')))).trim()).toBe('a **b** _c_ <em>**d**</em> ~~e~~'.replace('<em>**d**</em>', '**_d_**'));
    expect(write(doc(paragraph(text('un'), text('believ', 'bold'), text('able'), text('d ', 'bold'), text('u', 'underline'), text('2', 'subscript'), text('m', 'highlight')))).trim()).toBe('un**believ**able<strong>d </strong><u>u</u><sub>2</sub><mark>m</mark>');
  });

  // [P110]
  it('keeps strokes and breaks in cells, and blank lines and fences in code', () => {
    const row = (type: string, ...cells: JSONContent[][]): JSONContent => ({ type: 'tableRow', content: cells.map((content) => ({ type, content: [paragraph(...content)] })) });
    const table: JSONContent = { type: 'table', content: [row('tableHeader', [text('a | b')], [text('\\|', 'code')]), row('tableCell', [text('1'), { type: 'hardBreak' }, text('2')], [])] };
    expect(write(doc(table))).toBe('| a \\| b | `\\\\|` |\n| --- | --- |\n| 1<br>2 |  |\n');
    const code: JSONContent = { type: 'codeBlock', attrs: { language: 'a b' }, content: [text('a\n\n\n\n```\nb\n')] };
    expect(write(doc(code))).toBe('````a&#32;b\na\n\n\n\n```\nb\n\n````\n');
    for (const one of [doc(table), doc(code)]) expect(read(write(one)).toJSON()).toEqual(one.toJSON());
  });

  // [P110]
  it('may be empty, as deep as editors make it, and have any title', () => {
    const deep = (depth: number, wrap: (inner: JSONContent) => JSONContent): JSONContent => (depth === 0 ? paragraph(text('deep')) : wrap(deep(depth - 1, wrap)));
    const quotes = doc(deep(100, (inner) => ({ type: 'blockquote', content: [inner] })));
    const lists = doc(deep(50, (inner) => ({ type: 'bulletList', content: [{ type: 'listItem', content: [paragraph(text('item')), inner] }] })));
    for (const one of [doc(paragraph()), doc(paragraph(), paragraph()), quotes, lists]) expect(read(write(one)).eq(one)).toBe(true);
    expect(write(doc(paragraph()))).toBe('\n');
    for (const title of ['Plan: A/B', '# *a* #', '1. <b>', 'a\\#']) expect(json(titleLine(title))).toEqual([{ type: 'heading', attrs: { level: 1 }, content: [text(title)] }]);
  });

  // [P110]
  it('keeps an image of this document with its size, by an address without the token', () => {
    const image: JSONContent = { type: 'image', attrs: { blob: 'ab'.repeat(32), type: 'image/png', width: 40, height: 20, alt: '12', upload: null } };
    const markdown = write(doc(image));
    expect(markdown).toBe(`![12](<${location.origin}/api/documents/a%2Fb%20(c)/blobs/${'ab'.repeat(32)}#type=image%2Fpng&width=40&height=20>)\n`);
    expect(read(markdown).eq(doc(image))).toBe(true);
    // Of another document, without anybody to copy it, it is what it says.
    expect(fromMarkdown(schema, markdown, { document: 'other', uploads: null })[0]!.type).toBe('paragraph');
  });
});

describe('Markdown of others', () => {
  // [P26]
  it('has its headings, tasks, tables and lists, each where the editor can hold it', () => {
    expect(json('Title\n===\n\n#### four')).toEqual([{ type: 'heading', attrs: { level: 1 }, content: [text('Title')] }, { type: 'heading', attrs: { level: 3 }, content: [text('four')] }]);
    expect(json('- [x] a\n- [ ] b\n- c').map(({ type, content }) => [type, content!.length])).toEqual([['taskList', 2], ['bulletList', 1]]);
    expect(json('- # h\n- ```\n  x\n  ```')[0]!.content!.map(({ content }) => content!.map(({ type }) => type))).toEqual([['paragraph'], ['paragraph', 'codeBlock']]);
    expect(json('one\ntwo')).toEqual([paragraph(text('one two'))]);
    expect(json('a  \nb')[0]!.content![1]).toEqual({ type: 'hardBreak' });
  });

  // [P111]
  it('has what is raised, lowered and highlighted, but no highlight in a comparison', () => {
    expect(json('H<sub>2</sub>O x<sup>2</sup> ==so== a==b and c==d')).toEqual([
      paragraph(text('H'), text('2', 'subscript'), text('O x'), text('2', 'superscript'), text(' '), text('so', 'highlight'), text(' a==b and c==d')),
    ]);
  });

  // [P111]
  it('has its footnotes as raised numbers and a list of notes in their order', () => {
    const blocks = json('Second[^b], first[^a], none[^c].\n\n[^a]: The **first**\n    goes on.\n\n    And on.\n\n[^b]: The second.\n\nEnd.');
    expect(blocks.map(({ type }) => type)).toEqual(['paragraph', 'paragraph', 'horizontalRule', 'orderedList']);
    expect(blocks[0]!.content).toEqual([text('Second'), text('1', 'superscript'), text(', first'), text('2', 'superscript'), text(', none[^c].')]);
    expect(blocks[3]!.content!.map(({ content }) => content!.length)).toEqual([1, 2]);
  });

  // [P25]
  it('leads only where links may lead, loads nothing and runs nothing', () => {
    const all = JSON.stringify(json('[a](javascript:alert(1)) <a href="data:x">b</a> <https://ok.example> https://bare.example/x. ![c](https://evil.example/c.png) <img src="https://evil.example/d.png" onerror="x">\n\n<div onclick="x"><script>y</script><p>z</p></div>'));
    expect(all.match(/"href":"[^"]*"/g)).toEqual(['https://ok.example', 'https://bare.example/x', 'https://evil.example/c.png', 'https://evil.example/d.png'].map((href) => `"href":"${href}"`));
    expect(all).not.toMatch(/"image"|onerror|onclick|javascript|data:x|"y"/);
  });

  it('however deep it is nested, and whatever is left open, is read in a moment', () => {
    for (const wild of ['>'.repeat(20_000), '- '.repeat(5_000), '*'.repeat(20_000), '['.repeat(4_000), '`'.repeat(20_000), '<u>'.repeat(20_000), '[^1]: '.repeat(2_000), '==a '.repeat(20_000), '| a '.repeat(10_000), '&nbsp;'.repeat(10_000)]) {
      const started = performance.now();
      read(wild);
      expect(performance.now() - started, wild.slice(0, 8)).toBeLessThan(15_000);
    }
  }, 120_000);
});
