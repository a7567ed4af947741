import { Editor } from '@tiptap/core';
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { Bulk } from '../binding/bulk';
import { Together } from '../binding/together';
import { contentExtensions } from '../editor';
import { fromMarkdown } from '../export/markdown';
import { Guard } from '../guard';
import { TypedLink } from '../menu/typed-link';
import { Paste } from './paste';

const editors: Editor[] = [];
afterEach(() => editors.splice(0).forEach((editor) => editor.destroy()));

function open(doc: Y.Doc): Editor {
  const element = document.body.appendChild(document.createElement('div'));
  const extensions = [...contentExtensions('d'), Guard, Together.configure({ document: doc }), Bulk, Paste.configure({ document: 'd' }), TypedLink];
  const editor = new Editor({ element, extensions, enablePasteRules: ['link'] });
  editors.push(editor);
  return editor;
}

function paste(editor: Editor, text: string): void {
  const clipboardData = new DataTransfer();
  clipboardData.setData('text/plain', text);
  editor.view.dom.dispatchEvent(Object.assign(new Event('paste', { bubbles: true, cancelable: true }), { clipboardData }));
}

function type(editor: Editor, text: string): void {
  for (const sign of text) {
    const { view } = editor;
    const { from, to } = view.state.selection;
    const insert = () => view.state.tr.insertText(sign, from, to);
    if (!view.someProp('handleTextInput', (handle) => handle(view, from, to, sign, insert))) view.dispatch(insert());
  }
}

const linked = (editor: Editor) => {
  const found: string[] = [];
  editor.state.doc.descendants((node) => void (node.marks.some(({ type }) => type.name === 'link') && found.push(node.text!)));
  return found.join('');
};

/** Marks around, in and beside links, and links beside links: `linked` is what a reader sees of these. */
function* generated(): Generator<{ text: string; linked: string }> {
  const LINK = '[so](https://a.example/x)';
  const inner: [string, string][] = [[LINK, 'so'], ['[**s** o](https://a.example/x)', 's o'], ['[_s_~~o~~](https://a.example/x)', 'so'], [`${LINK}[more](https://b.example)`, 'somore'], [`${LINK} and ${LINK}`, 'soso'], [`a ${LINK}`, 'so'], [`${LINK} z`, 'so']];
  for (const [middle, words] of inner) {
    for (const sign of ['', '**', '_', '~~', '==', '**_']) {
      const end = [...(sign.match(/\*\*|_|~~|==/g) ?? [])].reverse().join('');
      for (const behind of [' x', ' **x**', '\n\nx']) yield { text: `${sign}${middle}${end}${behind}`, linked: words };
    }
  }
}

describe('Markdown with links beside marks', () => {
  // [P26]
  it('is links where it says so, and nowhere else, on every page', async () => {
    for (const { text, linked: words } of generated()) {
      const [a, b] = [new Y.Doc(), new Y.Doc()];
      a.on('update', (update) => Y.applyUpdate(b, update, 'line'));
      const [one, other] = [open(a), open(b)];
      const read = one.schema.nodeFromJSON({ type: 'doc', content: fromMarkdown(one.schema, text, { document: 'd', uploads: null }) });
      paste(one, text);
      expect(one.getText(), 'first the text as it is').toBe(text);
      expect(linked(one)).toBe('');
      await expect.poll(() => one.state.doc.eq(read), { message: text, interval: 1 }).toBe(true);
      expect(linked(one), text).toBe(words);
      expect(other.getHTML()).toBe(one.getHTML());
      type(one, ' more');
      expect(linked(one), text).toBe(words);
      editors.splice(0).forEach((editor) => editor.destroy());
    }
  }, 60_000);
});

describe('a link that is typed', () => {
  // [P113]
  it.each([
    ['**[so](https://a.example)** x', 'so'],
    ['_[so](https://a.example)_ x', 'so'],
    ['~~[so](https://a.example)~~ x', 'so'],
    ['[so](https://a.example) **x** y', 'so'],
    ['**a [so](https://a.example)** x', 'so'],
    ['see https://a.example/x and x', 'https://a.example/x'],
  ])('ends behind its words, whatever mark ends there: %s', (text, words) => {
    const editor = open(new Y.Doc());
    type(editor, text);
    expect(linked(editor)).toBe(words);
  });

  // [P113]
  it('is not made longer by what is typed behind it, but by what is typed in it', () => {
    const editor = open(new Y.Doc());
    editor.commands.setContent('<p><a href="https://a.example">so</a></p>');
    editor.commands.setTextSelection(3);
    type(editor, 'x');
    editor.commands.setTextSelection(2);
    type(editor, 'y');
    expect(linked(editor)).toBe('syo');
  });
});

describe('text that is no Markdown', () => {
  // [P26]
  it.each(['a **b** c', '_a_ and ~~b~~', '2 * 3 * 4', '`a` b'])('stays as it stands: %s', (text) => {
    const editor = open(new Y.Doc());
    paste(editor, text);
    expect(editor.getText()).toBe(text);
    expect(editor.getHTML()).not.toMatch(/<(strong|em|s|code)>/);
  });

  // [P26]
  it('has the addresses in it as links', () => {
    const editor = open(new Y.Doc());
    paste(editor, 'see https://a.example/x now');
    expect(linked(editor)).toBe('https://a.example/x');
  });
});
