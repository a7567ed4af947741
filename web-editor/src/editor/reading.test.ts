import { Editor } from '@tiptap/core';
import { afterEach, describe, expect, it } from 'vitest';
import { countNode, countText, readingMinutes, words } from './count/count';
import { contentExtensions } from './editor';
import { toHtml } from './export/html';
import { parseMarkdown, toMarkdown } from './export/markdown';
import { fileName } from './export/save';
import { Search, matchFrom } from './find/search';
import { random } from './export/markdown/random-document';
import { depths, headingAt, headingsAgain, headingsOf } from './outline/headings';
import { typingText, typists } from './typing';

let editor: Editor;
const open = (content: string) => (editor = new Editor({ extensions: contentExtensions('doc'), content }));
afterEach(() => editor?.destroy());

describe('find', () => {
  const found = (html: string, text: string, options = {}) => {
    const { doc } = open(html).state;
    return new Search({ text, caseSensitive: false, wholeWord: false, ...options }).in(doc).map(({ from, to }) => doc.textBetween(from, to));
  };

  // [P27]
  it('sees through marks, and not across blocks', () => {
    expect(found('<p>on<strong>e</strong> One</p><p>o</p><p>ne</p>', 'one')).toEqual(['one', 'One']);
    expect(found('<p>a<br>b ab</p>', 'ab')).toEqual(['ab']);
  });

  // [P27]
  it('minds case and words when asked to', () => {
    expect(found('<p>Cat cat concat</p>', 'cat', { caseSensitive: true })).toEqual(['cat', 'cat']);
    expect(found('<p>Cat cat concat cat_1 über</p>', 'cat', { wholeWord: true })).toEqual(['Cat', 'cat']);
    expect(found('<p>über ÜBER</p>', 'Über')).toEqual(['über', 'ÜBER']);
  });

  // [P112]
  it('counts all there are, and takes signs for signs', () => {
    expect(found('<p>a.b axb (x)</p>', 'a.b')).toEqual(['a.b']);
    expect(found('<p>a.b axb (x)</p>', '(')).toEqual(['(']);
    expect(found('<p>x</p>', '')).toEqual([]);
    expect(found(`<p>${'ab'.repeat(3_000)}</p>`, 'a')).toHaveLength(3_000);
    expect(found('<p>a-b/c$ (x){2} [y]^|\\z</p>', '-b/c$ (x){2} [y]^|\\')).toHaveLength(1);
  });

  // [P112]
  it('sees one word, however its accents are written', () => {
    expect(found('<p>caf\u00e9 cafe\u0301 cafe</p>', 'cafe\u0301')).toEqual(['caf\u00e9', 'cafe\u0301']);
    expect(found('<p>caf\u00e9 ca<b>fe</b>\u0301s</p>', 'caf\u00e9')).toEqual(['caf\u00e9', 'cafe\u0301']);
    expect(found('<p>cafe\u0301 x</p>', 'cafe')).toEqual([]);
    expect(found('<p>e\u0301\u0323 y</p>', '\u1eb9\u0301')).toEqual(['e\u0301\u0323']);
    expect(found('<p>a \u1112\u1161\u11ab\u1100\u1173\u11af</p>', '한')).toEqual(['\u1112\u1161\u11ab']);
    expect(found('<p>e\u0301t\u00e9 e\u0301te</p>', '\u00e9t\u00e9', { wholeWord: true })).toEqual(['e\u0301t\u00e9']);
  });

  it('goes on from where the person is, and around', () => {
    const matches = [{ from: 5, to: 6 }, { from: 9, to: 10 }];
    expect([0, 5, 6, 11].map((position) => matchFrom(matches, position))).toEqual([0, 0, 1, 0]);
    expect(matchFrom([], 3)).toBe(-1);
  });
});

describe('the outline', () => {
  // [P28]
  it('has the headings in order, without gaps in their depth', () => {
    const headings = headingsOf(open('<h2>A</h2><p>x</p><h3>B</h3><blockquote><h1>C</h1></blockquote><h3>D</h3>').state.doc);
    expect(headings.map(({ text, level }) => `${text}${level}`)).toEqual(['A2', 'B3', 'C1', 'D3']);
    expect(depths(headings)).toEqual([0, 1, 0, 1]);
    expect(headingAt(headings, headings[1]!.position + 1)).toBe(1);
    expect(headingAt(headings, -1)).toBe(-1);
  });
});

describe('the count', () => {
  // [P28]
  it.each([['', 0, 0], ['one two', 2, 7], ["don't re-use 3.14", 3, 17], ['文書を書く', 5, 5], ['héllo\nwörld 🙂', 2, 12], ['\ufffc', 0, 0]])('of “%s”', (text, count, characters) => {
    expect(countText(text)).toEqual({ words: count, characters });
  });

  // [P116]
  it('of a document is that of its blocks, and follows its changes', () => {
    const { state } = open('<p>one two</p><ul><li><p>three<br>four</p></li></ul><pre>five</pre>');
    expect(countNode(state.doc)).toEqual({ words: 5, characters: 20 });
    expect(countNode(state.tr.insertText('zero ', 1).doc)).toEqual({ words: 6, characters: 25 });
  });

  it('says how long reading takes', () => {
    expect([0, 1, 219, 1_100].map((count) => readingMinutes({ words: count, characters: 0 }))).toEqual([0, 1, 1, 5]);
    expect([words(1), words(1_204)]).toEqual(['1 word', '1,204 words']);
  });
});

const RICH = '<h1>Title</h1><p>Some <strong>bold</strong>, <em>slanted</em>, <s>gone</s>, <code>code</code> and <a href="https://example.org">a link</a>.</p><ul><li><p>one</p><ul><li><p>nested</p></li></ul></li></ul><ol><li><p>first</p></li></ol><ul data-type="taskList"><li data-type="taskItem" data-checked="true"><p>done</p></li><li data-type="taskItem" data-checked="false"><p>open</p></li></ul><blockquote><p>quoted</p></blockquote><pre><code class="language-rust">fn main() {}</code></pre><hr><table><tbody><tr><th><p>A</p></th><th><p>B</p></th></tr><tr><td><p>1</p></td><td><p>2</p></td></tr></tbody></table>';

const KEEPING = { document: 'doc', uploads: null };

describe('export', () => {
  // [P29]
  it('to Markdown and back keeps everything', () => {
    const { state } = open(RICH);
    const markdown = toMarkdown(editor.state.doc, 'doc');
    for (const line of ['# Title', '**bold**', '~~gone~~', '`code`', '[a link](https://example.org)', '- one', '  - nested', '1. first', '- [x] done', '- [ ] open', '> quoted', '```rust', '---', '| A', '| 1']) expect(markdown).toContain(line);
    const content = parseMarkdown(editor.schema, markdown, KEEPING)!;
    expect(editor.schema.nodeFromJSON({ type: 'doc', content }).textContent).toBe(state.doc.textContent);
    editor.commands.setContent({ type: 'doc', content });
    expect(toMarkdown(editor.state.doc, 'doc')).toBe(markdown);
  });

  // [P29]
  it('to HTML is whole and cannot run', async () => {
    open(`${RICH}<p><a href="https://ok.example">fine</a></p>`);
    const html = await toHtml(editor, 'doc', '<script>x</script> & co');
    expect(html).toMatch(/^<!doctype html>/);
    expect(html).toContain('&lt;script&gt;x&lt;/script&gt; &amp; co');
    expect(html).toContain('<strong>bold</strong>');
    expect(html).toContain('href="https://ok.example"');
    expect(html).not.toMatch(/<script|onerror|javascript:/);
  });

  it('of Markdown with images from elsewhere leaves links', () => {
    open('');
    const content = parseMarkdown(editor.schema, '# A\n\n![Alt](https://evil.example/x.png)', KEEPING)!;
    expect(JSON.stringify(content)).toContain('"href":"https://evil.example/x.png"');
    expect(JSON.stringify(content)).not.toContain('"type":"image"');
    expect(parseMarkdown(editor.schema, 'only text', KEEPING)).toBeNull();
  });

  it.each([['Plan: A/B?', 'Plan A B'], ['', 'Untitled'], ['../..', 'Untitled'], ['x'.repeat(200), 'x'.repeat(80)], ['文書', '文書']])('names the file of “%s”', (title, name) => {
    expect(fileName(title)).toBe(name);
  });
});

describe('after a change', () => {
  // [P116]
  it('matches and headings are those of the whole document, whatever changed', () => {
    const search = new Search({ text: 'an', caseSensitive: false, wholeWord: false });
    const next = random(7);
    const block = () => (next() < 0.5 ? { type: 'heading', attrs: { level: 1 + Math.floor(next() * 3) }, content: [{ type: 'text', text: 'An ant' }] } : { type: 'blockquote', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'banana' }] }] });
    open('<h1>an</h1><p>can</p>');
    let { state } = editor;
    let [matches, headings] = [search.in(state.doc), headingsOf(state.doc)];
    for (let change = 0; change < 200; change += 1) {
      const before = state.doc;
      const { tr } = state;
      const [from, to] = [next(), next()].map((part) => Math.floor(part * before.content.size)).sort((a, b) => a - b) as [number, number];
      if (next() < 0.3) tr.delete(from, Math.min(to, from + 30));
      else if (next() < 0.6) tr.insert(0 + before.content.size * Math.round(next()), state.schema.nodeFromJSON(block()));
      else if (before.resolve(from).parent.isTextblock) tr.insertText('an', from);
      state = state.apply(tr);
      matches = search.again(matches, before, state.doc);
      headings = headingsAgain(headings, before, state.doc);
      expect(matches).toEqual(search.in(state.doc));
      expect(headings).toEqual(headingsOf(state.doc));
    }
  });

  // [P116]
  it('in a long document only the block that changed is looked through', () => {
    open('');
    const paragraphs = Array.from({ length: 5_000 }, () => ({ type: 'paragraph', content: [{ type: 'text', text: 'wizards' }] }));
    const before = editor.schema.nodeFromJSON({ type: 'doc', content: paragraphs });
    const search = new Search({ text: 'wizards', caseSensitive: false, wholeWord: false });
    const matches = search.in(before);
    const after = before.replace(1, 2, editor.schema.nodeFromJSON({ type: 'doc', content: [{ type: 'paragraph', content: [{ type: 'text', text: 'W' }] }] }).slice(1, 2));
    let looked = 0;
    const between = after.nodesBetween.bind(after);
    after.nodesBetween = (from, to, look, start) => between(from, to, (node, position, parent, index) => ((looked += 1), look(node, position, parent, index)), start);
    expect(search.again(matches, before, after)).toHaveLength(5_000);
    expect(looked).toBe(1);
  });
});

describe('who is typing', () => {
  const user = (id: string, typing?: unknown) => ({ user: { id, name: id.toUpperCase(), color: '#2563eb' }, typing });

  // [P24]
  it('is each person once, without oneself and without the chat', () => {
    const states = new Map<number, unknown>([[1, user('me', 'body')], [2, user('me', 'body')], [3, user('ada', 'body')], [4, user('ada', 'body')], [5, user('bob', 'chat')], [6, { typing: 'body' }], [7, null], [8, user('eve', {})]]);
    expect(typists(states, 1)).toEqual(['ADA']);
  });

  it('is said in a few words', () => {
    expect([[], ['A'], ['A', 'B'], ['A', 'B', 'C'], ['A', 'B', 'C', 'D']].map(typingText)).toEqual(['', 'A is typing…', 'A and B are typing…', 'A, B and one other are typing…', 'A, B and 2 others are typing…']);
  });
});
