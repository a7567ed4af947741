import { Editor, type JSONContent } from '@tiptap/core';
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { contentExtensions } from '../editor';
import { Bulk } from './bulk';
import { Together } from './together';

const editors: Editor[] = [];
afterEach(() => editors.splice(0).forEach((editor) => editor.destroy()));

function open(content: string, bulk: boolean, doc: Y.Doc | null = null): Editor {
  const element = document.createElement('div');
  document.body.append(element);
  const extensions = [...contentExtensions('test'), ...(doc ? [Together.configure({ document: doc })] : []), ...(bulk ? [Bulk] : [])];
  const editor = new Editor({ element, extensions });
  if (content !== '') editor.commands.setContent(content);
  editors.push(editor);
  return editor;
}

type Command = (editor: Editor) => unknown;

const COMMANDS: Record<string, Command> = {
  heading: (editor) => editor.chain().selectAll().toggleHeading({ level: 2 }).run(),
  paragraph: (editor) => editor.chain().selectAll().setParagraph().run(),
  'code block': (editor) => editor.chain().selectAll().toggleCodeBlock().run(),
  'bullet list': (editor) => editor.chain().selectAll().toggleBulletList().run(),
  'ordered list': (editor) => editor.chain().selectAll().toggleOrderedList().run(),
  'task list': (editor) => editor.chain().selectAll().toggleTaskList().run(),
  clear: (editor) => editor.chain().selectAll().clearNodes().run(),
};

const times = (count: number, block: (at: number) => string) => Array.from({ length: count }, (_, at) => block(at)).join('');
const PARAGRAPHS = times(130, (at) => `<p>p${at} <strong>bold</strong></p>`);
const MIXED = times(40, (at) => `<h2>h${at}</h2><p>p${at}<br>line</p><pre><code>c${at}\nd</code></pre><ul><li><p>i${at}</p><ul><li><p>j${at}</p></li></ul></li></ul>
  <blockquote><p>q${at}</p></blockquote><hr><table><tr><td><p>t${at}</p></td></tr></table>`);

const words = (editor: Editor) => editor.state.doc.textBetween(0, editor.state.doc.content.size, ' ', '\n').match(/[a-z]\d+/g)!;

describe('a change of very many blocks', () => {
  it.each(Object.entries(COMMANDS))('has the outcome of the editor’s own: %s', (_name, command) => {
    const [own, bulk] = [open(PARAGRAPHS, false), open(PARAGRAPHS, true)];
    for (let round = 0; round < 2; round += 1) {
      command(own);
      command(bulk);
      expect(bulk.getJSON()).toEqual(own.getJSON());
    }
  });

  it.each(Object.entries(COMMANDS))('keeps every word in its place and the document valid: %s', (_name, command) => {
    const editor = open(MIXED, true);
    const before = words(editor);
    for (let round = 0; round < 2; round += 1) {
      command(editor);
      editor.state.doc.check();
      expect(words(editor)).toEqual(before);
    }
  });

  it('is one step', () => {
    const editor = open(PARAGRAPHS, true);
    let steps = 0;
    editor.on('transaction', ({ transaction }) => (steps += transaction.steps.length));
    editor.chain().selectAll().toggleBulletList().run();
    expect(steps).toBe(1);
  });

  it('leaves lists that are selected in part to the editor', () => {
    const content = `${PARAGRAPHS}<ul>${times(10, (at) => `<li><p>i${at}</p></li>`)}</ul>`;
    const [own, bulk] = [open(content, false), open(content, true)];
    for (const editor of [own, bulk]) {
      editor.commands.setTextSelection({ from: 1, to: editor.state.doc.content.size - 60 });
      editor.commands.toggleOrderedList();
    }
    expect(bulk.getJSON()).toEqual(own.getJSON());
  });

  // [P130]
  it.each(Object.entries(COMMANDS))('loses no word that somebody else types meanwhile: %s', (_name, command) => {
    const [a, b] = [new Y.Doc(), new Y.Doc()];
    const one = open(PARAGRAPHS, true, a);
    const meet = () => {
      const [fromA, fromB] = [Y.encodeStateAsUpdate(a, Y.encodeStateVector(b)), Y.encodeStateAsUpdate(b, Y.encodeStateVector(a))];
      Y.applyUpdate(b, fromA, 'line');
      Y.applyUpdate(a, fromB, 'line');
    };
    meet();
    const other = open('', true, b);
    command(one);
    other.commands.insertContentAt(other.state.doc.content.size - 3, ' w1 ');
    other.commands.insertContentAt(3, 'w2');
    meet();
    expect(words(one).join(' ')).toContain('w1');
    expect(words(one).join(' ')).toContain('w2');
    expect(other.getJSON() as JSONContent).toEqual(one.getJSON());
  });
});
