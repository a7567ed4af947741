import { Editor } from '@tiptap/core';
import type { Node } from '@tiptap/pm/model';
import { TableMap } from '@tiptap/pm/tables';
import { afterEach, describe, expect, it } from 'vitest';
import { bindingKey } from './binding/key';
import { contentExtensions } from './editor';
import { TypedLink } from './menu/typed-link';
import { TaskKeys } from './task-keys';

let editor: Editor;
const open = (content: object | string) => (editor = new Editor({ extensions: [...contentExtensions('doc'), TypedLink, TaskKeys], content }));
afterEach(() => editor?.destroy());

/** As the browser says what is typed. */
function type(text: string): void {
  for (const sign of text) {
    const { view } = editor;
    const { from, to } = view.state.selection;
    if (!view.someProp('handleTextInput', (handle) => handle(view, from, to, sign, () => view.state.tr.insertText(sign, from, to)))) view.dispatch(view.state.tr.insertText(sign, from, to));
  }
}

const press = (key: string, options: KeyboardEventInit) => {
  const event = new KeyboardEvent('keydown', { key, cancelable: true, ...options });
  return editor.view.someProp('handleKeyDown', (handle) => handle(editor.view, event)) ?? false;
};

describe('a link that is typed', () => {
  const typed = (text: string) => {
    open('');
    type(text);
    return editor.getHTML().replace(/ (dir|target|rel)="[^"]*"/g, '');
  };

  // [P113]
  it.each([
    ['[a site](https://a.example/x)', '<p><a href="https://a.example/x">a site</a></p>'],
    ['see [a](b.example) now', '<p>see <a href="https://b.example">a</a> now</p>'],
    ['[w](https://e.example/a_(b))', '<p><a href="https://e.example/a_(b)">w</a></p>'],
    ['[a](javascript:x)', '<p>[a](javascript:x)</p>'],
    ['![a](https://a.example/x.png)', '<p>![a](https://a.example/x.png)</p>'],
    ['f[0](x)', '<p>f[0](x)</p>'],
  ])('%s', (text, html) => expect(typed(text)).toBe(html));

  // [P113]
  it('keeps the marks of its words, and ends behind them', () => {
    open('<p>[a <strong>b</strong>](https://a.example</p>');
    editor.commands.setTextSelection(editor.state.doc.content.size - 1);
    type(') c');
    expect(editor.getHTML()).toContain('>a <strong>b</strong></a><strong> c</strong></p>');
    expect(editor.getHTML()).not.toContain('[');
  });
});

describe('Mod+Enter', () => {
  const task = (text: string, checked = false, inner = '') => `<li data-type="taskItem" data-checked="${checked}"><p>${text}</p>${inner}</li>`;
  const ticks = () => {
    const found: boolean[] = [];
    editor.state.doc.descendants((node) => void (node.type.name === 'taskItem' && found.push(node.attrs.checked as boolean)));
    return found;
  };

  // [P113]
  it('ticks the task the caret is in, and takes the tick back', () => {
    open(`<ul data-type="taskList">${task('a', false, `<ul data-type="taskList">${task('b')}</ul>`)}${task('c')}</ul>`);
    editor.commands.setTextSelection(editor.state.doc.content.size - 4);
    expect(press('Enter', { ctrlKey: true })).toBe(true);
    expect(ticks()).toEqual([false, false, true]);
    expect(editor.state.doc.textContent).toBe('abc');
    editor.commands.selectAll();
    press('Enter', { ctrlKey: true });
    expect(ticks()).toEqual([true, true, true]);
    press('Enter', { ctrlKey: true });
    expect(ticks()).toEqual([false, false, false]);
  });

  it('breaks the line elsewhere', () => {
    open('<p>a</p>');
    editor.commands.setTextSelection(2);
    press('Enter', { ctrlKey: true });
    expect(editor.state.doc.firstChild!.lastChild!.type.name).toBe('hardBreak');
  });
});

describe('a table', () => {
  const cell = (attrs: object) => ({ type: 'tableCell', attrs, content: [{ type: 'paragraph' }] });
  const table = (...rows: object[][]) => ({ type: 'doc', content: [{ type: 'table', content: rows.map((content) => ({ type: 'tableRow', content })) }] });
  const first = (): Node => editor.state.doc.firstChild!;
  const attrs = () => first().firstChild!.firstChild!.attrs;

  // [P114]
  it.each([[1e7, 1_000], [1e300, 1_000], [-5, 1], [0, 1], ['12', 12], ['x', 1], [null, 1], [{}, 1], [2.9, 2], [NaN, 1]])('has no cell of %s columns or rows', (value, bounded) => {
    open('');
    const { tableCell, tableHeader, paragraph } = editor.schema.nodes;
    for (const type of [tableCell!, tableHeader!]) {
      const content = paragraph!.create();
      for (const made of [type.create({ colspan: value, rowspan: value }, content), type.createChecked({ colspan: value, rowspan: value }, content), type.createAndFill({ colspan: value, rowspan: value })!]) {
        expect(made.attrs).toMatchObject({ colspan: bounded, rowspan: bounded });
      }
    }
    editor.commands.setContent(table([cell({})]));
    editor.view.dispatch(editor.state.tr.setNodeAttribute(2, 'colspan', value));
    expect(attrs().colspan).toBe(bounded);
  });

  // [P114]
  it('has no more places than can be laid out, though it keeps its cells', () => {
    open('');
    const { schema } = editor;
    const wide = schema.nodeFromJSON(table(Array.from({ length: 100 }, () => cell({ colspan: 1_000 })), ...Array.from({ length: 100 }, () => [cell({})]))).firstChild!;
    expect([TableMap.get(wide).width, wide.childCount, wide.firstChild!.childCount]).toEqual([100, 101, 100]);
    const merged = schema.nodeFromJSON(table([cell({ colspan: 2, rowspan: 2 }), cell({})], [cell({})])).firstChild!;
    expect(merged.firstChild!.firstChild!.attrs).toMatchObject({ colspan: 2, rowspan: 2 });
  });

  // [P114]
  it('lets no width or alignment through that is none', () => {
    open(table([cell({ colwidth: 'x', align: 'left; position: fixed' }), cell({ colwidth: [1e9], align: 'right' })]));
    expect(attrs()).toMatchObject({ colwidth: null, align: null });
    expect(first().firstChild!.lastChild!.attrs).toMatchObject({ colwidth: null, align: 'right' });
    expect(editor.view.dom.innerHTML).not.toContain('fixed');
  });

  it('is completed where the person changed it, whatever else changed, and nowhere else', () => {
    const rows = (text: string) => `<table><tr><td><p>${text}</p></td></tr><tr><td><p>${text}</p></td></tr></table>`;
    open(`<p>a</p>${rows('x')}<p>b</p><blockquote>${rows('y')}</blockquote><p>c</p>${rows('z')}<p>d</p>`);
    const counts = () => {
      const found: number[] = [];
      editor.state.doc.descendants((node) => void (node.type.name === 'tableRow' && found.push(node.childCount)));
      return found;
    };
    const cells: number[] = [];
    editor.state.doc.descendants((node, position) => void (node.type.name === 'tableCell' && cells.push(position)));
    const { schema } = editor;
    const another = () => schema.nodes.tableCell!.createAndFill()!;
    editor.view.dispatch(editor.state.tr.insert(cells[4]!, another()).setMeta(bindingKey, { shared: true }));
    expect(counts()).toEqual([1, 1, 1, 1, 2, 1]);
    const { tr } = editor.state;
    // The first and the second table change, and what is around all three; from the end, so that the positions stay true.
    tr.insert(cells[2]!, another()).insert(cells[0]!, another());
    tr.insert(tr.doc.content.size, schema.nodes.paragraph!.create()).insert(0, schema.nodes.paragraph!.create());
    editor.view.dispatch(tr);
    expect(counts()).toEqual([2, 2, 2, 2, 2, 1]);
    editor.state.doc.check();
  });
});

describe('a line', () => {
  // [P115]
  it('runs in the direction of its letters, which is not stored', () => {
    open('<p dir="rtl">a</p><h1>שלום</h1><ul><li><p>b</p></li></ul>');
    expect([...editor.view.dom.querySelectorAll('p, h1')].map((line) => line.getAttribute('dir'))).toEqual(['auto', 'auto', 'auto']);
    expect(JSON.stringify(editor.getJSON())).not.toMatch(/"(auto|rtl)"/);
  });
});
