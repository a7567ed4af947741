import { Editor } from '@tiptap/core';
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Bulk } from '../binding/bulk';
import { MOVES } from '../binding/format';
import { Together } from '../binding/together';
import { contentExtensions } from '../editor';
import { Find, found, replaceAll, replaceOne, search } from './find';

const editors: Editor[] = [];
afterEach(() => editors.splice(0).forEach((editor) => editor.destroy()));

function open(document: Y.Doc, content = ''): Editor {
  const element = globalThis.document.createElement('div');
  globalThis.document.body.append(element);
  const editor = new Editor({ element, extensions: [...contentExtensions('test'), Together.configure({ document }), Bulk, Find] });
  if (content !== '') editor.commands.setContent(content);
  editors.push(editor);
  return editor;
}

function two(content: string): { a: Y.Doc; one: Editor; other: Editor; meet: () => void } {
  const [a, b] = [new Y.Doc(), new Y.Doc()];
  const meet = () => {
    const [fromA, fromB] = [Y.encodeStateAsUpdate(a, Y.encodeStateVector(b)), Y.encodeStateAsUpdate(b, Y.encodeStateVector(a))];
    Y.applyUpdate(b, fromA, 'line');
    Y.applyUpdate(a, fromB, 'line');
  };
  const [one, other] = [open(a, content), open(b)];
  meet();
  return { a, one, other, meet };
}

const find = (editor: Editor, text: string) => search(editor, { text, caseSensitive: false, wholeWord: false });

/** One step for each, from the end. */
function oneByOne(editor: Editor, by: string): void {
  const { tr, schema } = editor.state;
  for (const { from, to } of [...found(editor).matches].reverse()) {
    const marks = tr.doc.resolve(from).marksAcross(tr.doc.resolve(to)) ?? [];
    if (by) tr.replaceWith(from, to, schema.text(by, marks));
    else tr.delete(from, to);
  }
  editor.view.dispatch(tr);
}

const TEXT = `<h2>cat</h2><p>a cat, a <strong>Cat</strong> and a c<em>at</em>s<br>catcat cat</p><p>none</p><pre><code>cat\ncat</code></pre>
  <ul><li><p>cat</p><ul><li><p><a href="https://example.org/">cat</a>cat</p></li></ul></li></ul><hr><p>caca<s>t</s></p>
  <table><tr><th><p>cat</p></th><td><p></p><blockquote><p>concat</p></blockquote></td></tr></table>`;
const many = (count: number, block: (at: number) => string) => Array.from({ length: count }, (_, at) => block(at)).join('');

describe('all that was found', () => {
  // [P27]
  it.each(['dog', 'cat', '(cat)', 'a', 'at', 'scatter', 'c', 't', 'tac', ''])('is replaced as one by one: %j', (by) => {
    const [own, reference] = [open(new Y.Doc(), TEXT), open(new Y.Doc(), TEXT)];
    [own, reference].forEach((editor) => find(editor, 'cat'));
    oneByOne(reference, by);
    expect(replaceAll(own, by)).toBe(15);
    own.state.doc.check();
    expect(own.getJSON()).toEqual(reference.getJSON());
  });

  it('is replaced in one step, and taken back in one', () => {
    const { one, other, meet } = two(many(200, (at) => `<p>${at} a cat and a <strong>cat</strong></p>`));
    const before = one.getJSON();
    let steps = 0;
    one.on('transaction', ({ transaction }) => (steps += transaction.steps.length));
    find(one, 'cat');
    expect(replaceAll(one, 'dog')).toBe(400);
    expect(steps).toBe(1);
    meet();
    expect(other.getJSON()).toEqual(one.getJSON());
    one.commands.undo();
    meet();
    expect(one.getJSON()).toEqual(before);
    expect(other.getJSON()).toEqual(before);
  });

  it('keeps carets and selections between their letters', () => {
    const { one, other, meet } = two('<p>one cat two cat three</p>');
    one.commands.setTextSelection({ from: 10, to: 12 });
    other.commands.setTextSelection(18);
    find(one, 'cat');
    replaceAll(one, 'leopard');
    meet();
    const { doc, selection } = one.state;
    expect(doc.textBetween(selection.from, selection.to)).toBe('wo');
    expect(other.state.doc.textBetween(other.state.selection.from, other.state.doc.content.size)).toBe('hree');
  });

  it('leaves the letters that stay to those who write between them', () => {
    const { one, other, meet } = two('<p>a cat</p><p>a (cow)</p>');
    other.commands.insertContentAt(5, 'r');
    other.commands.insertContentAt(14, 'l');
    find(one, 'cat');
    replaceAll(one, '“cat”');
    find(one, '(cow)');
    replaceAll(one, 'cow');
    meet();
    expect(one.getText()).toBe('a “cart”\n\na colw');
    expect(other.getJSON()).toEqual(one.getJSON());
  });

  it('is no move, however many there are', () => {
    const { a, one, other, meet } = two(many(500, (at) => `<p>${at} Cat cat</p>`));
    find(one, 'cat');
    replaceAll(one, 'xcatCaty');
    meet();
    expect(a.getMap(MOVES).size).toBe(0);
    expect(other.getText()).toBe(one.getText());
    expect(one.getText().match(/xcatCaty/g)).toHaveLength(1_000);
  });

  it('may be replaced one after the other', () => {
    const editor = open(new Y.Doc(), '<p>cat cat <em>cat</em></p>');
    find(editor, 'cat');
    replaceOne(editor, 'cat cat');
    replaceOne(editor, 'dog');
    expect(editor.getText()).toBe('cat cat dog cat');
    expect(found(editor)).toMatchObject({ at: 2 });
  });
});
