import { Editor } from '@tiptap/core';
import { TextSelection } from '@tiptap/pm/state';
import { expect, it } from 'vitest';
import { Bulk } from './binding/bulk';
import { contentExtensions } from './editor';
import { random } from './export/markdown/random-document';
import { QuickView } from './quick-view';

it('knows the position of each block, in whatever order and after whatever change it is asked', () => {
  const element = document.createElement('div');
  document.body.append(element);
  const editor = new Editor({ element, extensions: [...contentExtensions('test'), QuickView] });
  const chance = random(3);
  const below = (count: number) => Math.floor(chance() * count);
  editor.commands.setContent(Array.from({ length: 30 }, (_, at) => `<p>paragraph ${at}</p>`).join(''));
  for (let round = 0; round < 60; round += 1) {
    const { state, view } = editor;
    const [from, to] = [below(state.doc.content.size), below(state.doc.content.size)].sort((a, b) => a - b) as [number, number];
    view.dispatch(state.tr.setSelection(TextSelection.between(state.doc.resolve(from), state.doc.resolve(to))));
    const act = below(5);
    if (act === 0) editor.commands.toggleBold();
    else if (act === 1) editor.commands.insertContentAt(from, '<p>more</p><ul><li><p>item</p></li></ul>');
    else if (act === 2) editor.commands.deleteRange({ from, to: Math.min(to, from + 25) });
    else if (act === 3) editor.commands.toggleHeading({ level: 2 });
    else view.dispatch(editor.state.tr.insertText('x', from));
    const blocks: { element: Element; position: number }[] = [];
    editor.state.doc.forEach((_block, offset, index) => blocks.push({ element: view.dom.children[index]!, position: offset + 1 }));
    for (let asked = 0; asked < 20; asked += 1) {
      const { element: block, position } = blocks[below(blocks.length)]!;
      expect(view.posAtDOM(block, 0)).toBe(position);
    }
  }
  editor.destroy();
});

it('leaves the browser’s selection where it was when very many blocks change', () => {
  const element = document.createElement('div');
  document.body.append(element);
  const editor = new Editor({ element, extensions: [...contentExtensions('test'), Bulk, QuickView] });
  editor.commands.setContent(Array.from({ length: 1_200 }, (_, at) => `<p>paragraph ${at}</p>`).join(''));
  editor.view.focus();
  editor.commands.setTextSelection({ from: 3, to: editor.state.doc.content.size - 3 });
  for (const command of ['toggleBold', 'setParagraph', 'toggleBulletList'] as const) {
    editor.commands[command]();
    const { anchorNode, focusNode, isCollapsed } = document.getSelection()!;
    expect([editor.view.dom.contains(anchorNode), editor.view.dom.contains(focusNode), isCollapsed]).toEqual([true, true, false]);
    expect(editor.view.dom.firstElementChild!.contains(anchorNode)).toBe(true);
    expect(editor.view.dom.lastElementChild!.contains(focusNode)).toBe(true);
  }
  editor.destroy();
});
