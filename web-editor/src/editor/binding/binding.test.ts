import { Editor } from '@tiptap/core';
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { contentExtensions } from '../editor';
import { Bulk } from './bulk';
import { stopCapturing } from './key';
import { Together } from './together';

const editors: Editor[] = [];
afterEach(() => editors.splice(0).forEach((editor) => editor.destroy()));

function open(doc: Y.Doc): Editor {
  const element = document.createElement('div');
  document.body.append(element);
  const editor = new Editor({ element, extensions: [...contentExtensions('test'), Together.configure({ document: doc }), Bulk] });
  editors.push(editor);
  return editor;
}

/** Two docs whose line can be held. */
function pair(): { a: Y.Doc; b: Y.Doc; meet: () => void } {
  const [a, b] = [new Y.Doc(), new Y.Doc()];
  a.clientID = 1;
  b.clientID = 2;
  return {
    a,
    b,
    meet: () => {
      const [fromA, fromB] = [Y.encodeStateAsUpdate(a, Y.encodeStateVector(b)), Y.encodeStateAsUpdate(b, Y.encodeStateVector(a))];
      Y.applyUpdate(b, fromA, 'line');
      Y.applyUpdate(a, fromB, 'line');
    },
  };
}

function two(text: string): { a: Editor; b: Editor; meet: () => void; doc: Y.Doc } {
  const { a, b, meet } = pair();
  const [one, other] = [open(a), open(b)];
  one.commands.setContent(text);
  meet();
  expect(other.getHTML()).toBe(one.getHTML());
  return { a: one, b: other, meet, doc: a };
}

const documentOf = (editor: Editor) => (editor.extensionManager.extensions.find(({ name }) => name === 'together')!.options as { document: Y.Doc }).document;

/** Without what is only drawn. */
const shown = (editor: Editor) => editor.getHTML().replaceAll(' dir="auto"', '');

const same = ({ a, b, meet }: ReturnType<typeof two>) => {
  meet();
  meet();
  expect(b.getJSON()).toEqual(a.getJSON());
  a.state.doc.check();
  expect(open(documentOf(a)).getJSON()).toEqual(a.getJSON());
  return shown(a);
};

/** Takes a top block to where another is, as by dragging it. */
function move({ state, view }: Editor, from: number, to: number): void {
  const { tr, doc } = state;
  const node = doc.child(from);
  const before = (document: typeof doc, index: number) => document.children.slice(0, index).reduce((sum, { nodeSize }) => sum + nodeSize, 0);
  tr.delete(before(doc, from), before(doc, from) + node.nodeSize);
  view.dispatch(tr.insert(before(tr.doc, to), node));
}

describe('a text of two', () => {
  it('holds what one writes', () => {
    const all = '<h1>Title</h1><p>one <strong>bold</strong> two<br>three <a href="https://example.org/paper">link</a> <u>u</u></p><ul><li><p>a</p><ul><li><p>b</p></li></ul></li><li><p>c</p></li></ul><ol start="3"><li><p>d</p></li></ol><ul data-type="taskList"><li data-type="taskItem" data-checked="true"><p>done</p></li></ul><blockquote><p>q</p></blockquote><pre><code>x\n\ny</code></pre><hr><table><tbody><tr><th><p>h</p></th><th><p>i</p></th></tr><tr><td><p>j</p></td><td><p>k</p></td></tr></tbody></table><p>end</p>';
    const pair = two(all);
    expect(same(pair)).toBe(shown(pair.a));
    expect(pair.a.getHTML()).toContain('data-checked="true"');
    expect(pair.a.getHTML()).toContain('start="3"');
    expect(pair.b.getHTML()).toContain('href="https://example.org/paper"');
  });

  // [P130]
  it('keeps what is typed while the kind of its block changes', () => {
    const pair = two('<p>hello world</p>');
    pair.a.commands.setNode('heading', { level: 1 });
    pair.b.commands.insertContentAt(12, ' MORE');
    expect(same(pair)).toBe('<h1>hello world MORE</h1>');
    pair.a.chain().setTextSelection(3).toggleBulletList().run();
    pair.b.commands.insertContentAt(12, ' AND');
    expect(same(pair)).toContain('AND');
  });

  // [P130]
  it('has three paragraphs after two Enters', () => {
    const pair = two('<p>hello world</p>');
    pair.a.chain().setTextSelection(6).splitBlock().run();
    pair.b.chain().setTextSelection(9).splitBlock().run();
    expect(same(pair)).toBe('<p>hello</p><p> wo</p><p>rld</p>');
  });

  // [P131]
  it('keeps the words of others when a heading is undone', () => {
    const pair = two('<p>A wrote this.</p>');
    stopCapturing(pair.a.state);
    pair.a.commands.setNode('heading', { level: 2 });
    pair.meet();
    pair.b.commands.insertContentAt(14, ' And B wrote this.');
    pair.meet();
    pair.a.commands.undo();
    expect(same(pair)).toBe('<p>A wrote this. And B wrote this.</p>');
    pair.a.commands.redo();
    expect(same(pair)).toBe('<h2>A wrote this. And B wrote this.</h2>');
  });

  // [P132]
  it('keeps carets between their letters', () => {
    const pair = two('<p>alpha beta gamma delta</p>');
    pair.a.commands.setTextSelection(17);
    pair.b.chain().setTextSelection(6).splitBlock().run();
    pair.meet();
    pair.a.commands.insertContent('X');
    expect(same(pair)).toBe('<p>alpha</p><p> beta gammaX delta</p>');
    pair.b.chain().setTextSelection(10).setNode('heading', { level: 1 }).run();
    pair.meet();
    pair.a.commands.insertContent('Y');
    expect(same(pair)).toBe('<p>alpha</p><h1> beta gammaXY delta</h1>');
  });

  // [P131]
  it('keeps what others filled into a table that is undone', () => {
    const pair = two('<p>before</p>');
    stopCapturing(pair.a.state);
    pair.a.chain().setTextSelection(7).insertTable({ rows: 2, cols: 2 }).run();
    pair.meet();
    let cell = 0;
    pair.b.state.doc.descendants((node, position) => {
      if (node.type.name === 'tableCell' && cell === 0) cell = position + 2;
    });
    pair.b.commands.insertContentAt(cell, 'by B');
    pair.meet();
    pair.a.commands.undo();
    const text = same(pair);
    expect(text).toContain('<p>before</p>');
    expect(text).toContain('<p>by B</p>');
  });

  // [P20] [P21]
  it('shows rows of one length, which every command knows, when one adds a row and another a column', () => {
    const pair = two('<table><tbody><tr><td><p>a</p></td></tr><tr><td><p>b</p></td></tr></tbody></table>');
    pair.a.chain().setTextSelection(4).addColumnAfter().run();
    pair.b.chain().setTextSelection(4).addRowAfter().run();
    const empty = '<td colspan="1" rowspan="1"><p></p></td>';
    const filled = (text: string) => empty.replace('<p>', `<p>${text}`);
    expect(same(pair).replace(/<table.*?<tbody>/, '')).toBe(`<tr>${filled('a')}${empty}</tr><tr>${empty}${empty}</tr><tr>${filled('b')}${empty}</tr></tbody></table>`);
    const written = Y.encodeStateVector(documentOf(pair.b));
    open(documentOf(pair.b));
    expect(Y.encodeStateVector(documentOf(pair.b))).toEqual(written);
    let completing = 0;
    pair.b.state.doc.descendants((node, position) => void (node.type.name === 'tableRow' && node.textContent === '' && (completing = position + node.nodeSize - 3)));
    pair.b.chain().setTextSelection(completing).insertContent('X').run();
    pair.meet();
    expect(pair.a.chain().setTextSelection(4).toggleHeaderRow().run()).toBe(true);
    expect(same(pair).replaceAll(' colspan="1" rowspan="1"', '')).toContain(`<tr><th><p>a</p></th><th><p></p></th></tr><tr><td><p></p></td><td><p>X</p></td></tr><tr><td><p>b</p></td><td><p></p></td></tr>`);
  });

  // [P135] [P132]
  it('has once what two move at the same time, and carets in it go along', () => {
    const pair = two('<p>one</p><p>two</p><p>three</p><p>four</p>');
    move(pair.a, 1, 0);
    move(pair.b, 1, 3);
    pair.meet();
    return Promise.resolve().then(() => {
      const once = same(pair);
      expect(once.match(/two/g)).toHaveLength(1);
      const position = pair.b.state.doc.textContent.indexOf('two');
      expect(position).toBeGreaterThanOrEqual(0);
      let inside = 0;
      pair.b.state.doc.descendants((node, at) => void (node.isText && node.text === 'two' && (inside = at + 2)));
      pair.b.commands.setTextSelection(inside);
      move(pair.a, pair.a.state.doc.children.findIndex((node) => node.textContent === 'two'), 0);
      pair.meet();
      pair.b.commands.insertContent('X');
      expect(same(pair)).toMatch(/^<p>twXo<\/p>/);
    });
  });

  // [P135]
  it('has once what two move, though it shows more than there is', async () => {
    const pair = two('<p>one</p><p>two</p>');
    const text = pair.doc.getText('text');
    text.insertEmbed(text.length, new Y.Map([['in', ['bulletList', 'l', 'listItem', 'i', 'bulletList', 'k', 'listItem', 'j']]]));
    text.insert(text.length, 'three');
    text.insertEmbed(text.length, new Y.Map([['type', 'horizontalRule'], ['in', ['bulletList', 'l', 'listItem', 'i']]]));
    text.insert(text.length, 'four');
    pair.meet();
    expect(shown(pair.a)).toBe('<p>one</p><p>two</p><ul><li><p></p><ul><li><p>three</p></li></ul><hr><p>four</p></li></ul>');
    move(pair.a, 2, 0);
    move(pair.b, 2, 1);
    pair.meet();
    await Promise.resolve();
    const once = same(pair);
    expect(once.match(/three/g)).toHaveLength(1);
    expect(once.match(/four/g)).toHaveLength(1);
    expect(once.match(/<hr>/g)).toHaveLength(1);
  });

  // [P136]
  it('makes thousands of blocks bold, and another kind, in one step each', () => {
    const pair = two(Array.from({ length: 300 }, (_, at) => `<p>line ${at}</p>`).join(''));
    const steps: number[] = [];
    pair.a.on('transaction', ({ transaction }) => transaction.docChanged && steps.push(transaction.steps.length));
    pair.a.chain().selectAll().toggleBold().run();
    pair.a.chain().selectAll().setNode('heading', { level: 2 }).run();
    expect(steps).toEqual([1, 1]);
    expect(same(pair).match(/<h2><strong>line \d+<\/strong><\/h2>/g)).toHaveLength(300);
    pair.a.chain().selectAll().toggleBold().run();
    expect(same(pair)).not.toContain('<strong>');
  });

  // [P131]
  it('has a word in one piece again when two Enters are taken back that somebody wrote between', () => {
    const pair = two('<p>hello</p>');
    stopCapturing(pair.a.state);
    pair.a.chain().setTextSelection(3).splitBlock().run();
    pair.a.commands.splitBlock();
    same(pair);
    pair.b.commands.insertContentAt(5, 'x');
    same(pair);
    pair.a.commands.undo();
    expect(same(pair)).toBe('<p>hexllo</p>');
  });

  // [P113]
  it('links what its person typed, and nothing that others did', () => {
    const { a, doc } = two('<p>x</p>');
    const other = new Y.Doc();
    Y.applyUpdate(other, Y.encodeStateAsUpdate(doc));
    other.getText('text').insert(2, ' example.org ');
    let own = 0;
    doc.on('update', (_update: Uint8Array, origin: unknown) => (own += origin === 'line' ? 0 : 1));
    Y.applyUpdate(doc, Y.encodeStateAsUpdate(other), 'line');
    expect([a.getText(), own]).toEqual(['x example.org ', 0]);
    expect(a.getHTML()).not.toContain('<a ');
    a.commands.insertContentAt(a.state.doc.content.size - 1, 'example.com');
    a.commands.insertContentAt(a.state.doc.content.size - 1, ' ');
    expect(a.getHTML()).toContain('<a ');
  });
});
