import { Editor } from '@tiptap/core';
import { afterEach, describe, expect, it } from 'vitest';
import { Bulk } from './binding/bulk';
import { contentExtensions } from './editor';
import { StructureKeys } from './structure-keys';

let editor: Editor;
afterEach(() => editor?.destroy());

/** The caret is in “here”. */
function open(content: string): void {
  editor = new Editor({ extensions: [...contentExtensions('doc'), Bulk, StructureKeys], content });
  editor.state.doc.descendants((node, at) => {
    const found = node.isText ? node.text!.indexOf('here') : -1;
    if (found >= 0) editor.commands.setTextSelection({ from: at + found, to: at + found + 4 });
  });
}

const shown = () => editor.getHTML().replace(/ (dir|target|rel|colspan|rowspan|data-checked|data-type)="[^"]*"/g, '').replace(/<label>.*?<\/label>|<\/?div>|<colgroup>.*?<\/colgroup>| style="[^"]*"/g, '');

/** As a keyboard of the United States sends it: Shift turns the sign into another, and its key stays the same. */
function press(sign: string, held: string, shifted = sign): boolean {
  const event = new KeyboardEvent('keydown', { key: held.includes('Shift') ? shifted : sign, keyCode: sign.toUpperCase().charCodeAt(0), ctrlKey: true, shiftKey: held.includes('Shift'), altKey: held.includes('Alt'), cancelable: true } as KeyboardEventInit);
  return editor.view.someProp('handleKeyDown', (handle) => handle(editor.view, event)) ?? false;
}

const PLACES: Record<string, string> = {
  'a paragraph': '<p>here</p>',
  'a heading': '<h2>here</h2>',
  'a quote': '<blockquote><p>here</p></blockquote>',
  'bullets': '<ul><li><p>a</p></li><li><p>here</p></li></ul>',
  'bullets in bullets': '<ul><li><p>a</p><ul><li><p>here</p></li></ul></li></ul>',
  'numbers': '<ol><li><p>here</p></li></ol>',
  'tasks': '<ul data-type="taskList"><li data-type="taskItem"><p>here</p></li></ul>',
  'bullets in a quote': '<blockquote><ul><li><p>here</p></li></ul></blockquote>',
  'a cell': '<table><tr><td><p>here</p></td><td><p>b</p></td></tr></table>',
  'bullets in a cell': '<table><tr><td><ul><li><p>here</p></li></ul></td></tr></table>',
  'code': '<pre><code>here</code></pre>',
};
const KEYS: [string, string, string?][] = [['b', 'Shift', 'B'], ['7', 'Shift', '&'], ['8', 'Shift', '*'], ['9', 'Shift', '('], ['1', 'Alt'], ['2', 'Alt'], ['3', 'Alt'], ['0', 'Alt'], ['c', 'Alt']];

describe.each(Object.entries(PLACES))('in %s', (_place, content) => {
  // [P139]
  it.each(KEYS)('the keys of a kind (%s with %s) set no mark, lose no word and go no further', (sign, held, shifted) => {
    open(content);
    const words = editor.getText().replace(/\s+/g, ' ').trim();
    expect(press(sign, held, shifted)).toBe(true);
    editor.state.doc.check();
    expect(editor.getHTML()).not.toMatch(/<(strong|em|u|s|code)>(?!.*<\/pre>)/);
    expect(editor.getText().replace(/\s+/g, ' ').trim()).toBe(words);
  });

  // [P139]
  it('Ctrl+Shift+B quotes, or ends the quote, and does the other at the next time', () => {
    open(content);
    const before = shown();
    const quotes = () => shown().split('<blockquote>').length - 1;
    const count = quotes();
    press('b', 'Shift', 'B');
    expect(quotes()).toBe(1 - count);
    press('b', 'Shift', 'B');
    expect(quotes()).toBe(count);
    expect(shown()).toBe(before);
  });
});

// [P139]
it('a list is quoted as a whole, and only the list that the caret is in', () => {
  open(PLACES.bullets!);
  press('b', 'Shift', 'B');
  expect(shown()).toBe('<blockquote><ul><li><p>a</p></li><li><p>here</p></li></ul></blockquote>');
  editor.destroy();
  open(PLACES['bullets in bullets']!);
  press('b', 'Shift', 'B');
  expect(shown()).toBe('<ul><li><p>a</p><blockquote><ul><li><p>here</p></li></ul></blockquote></li></ul>');
});

// [P139]
it('of several paragraphs in a quote only those that are selected leave it', () => {
  open('<blockquote><p>a</p><p>here</p><p>b</p></blockquote>');
  press('b', 'Shift', 'B');
  expect(shown()).toBe('<blockquote><p>a</p></blockquote><p>here</p><blockquote><p>b</p></blockquote>');
});

// [P139]
it('Ctrl+B is bold all the same', () => {
  open(PLACES.bullets!);
  press('b', '');
  expect(editor.getHTML()).toContain('<strong>here</strong>');
});
