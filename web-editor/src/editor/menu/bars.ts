/** The bars beside a selection, a table and an image. */
import { posToDOMRect, type Editor } from '@tiptap/core';
import type { Node } from '@tiptap/pm/model';
import { AllSelection, NodeSelection, TextSelection } from '@tiptap/pm/state';
import { CellSelection } from '@tiptap/pm/tables';
import { el } from '../../page/dom';
import { LINK_KEYS } from '../actions';
import { BLOCKS } from '../blocks';
import { LINK, MARKER, drawing, letter, type Tool } from '../tools';
import { Bar } from './bar';

/** Text that is selected: its marks, and what kind of block it is. */
export function selectionBar(editor: Editor, signal: AbortSignal): void {
  const kinds = BLOCKS.filter((block) => block.active);
  const kind = el('select', { class: 'bar-select', 'aria-label': 'Turn into', title: 'Turn into' }, ...kinds.map(({ id, name }) => el('option', { value: id }, name)));
  kind.addEventListener('change', () => {
    const block = kinds.find(({ id }) => id === kind.value);
    if (block) block.run(editor.chain().clearNodes()).run();
  });
  const mark = (name: string, of: string, keys: string | undefined, face: Tool['face'], run: Tool['run']): Tool => ({ name, keys, face, run, active: () => editor.isActive(of) });
  new Bar(editor, {
    name: 'Selection',
    side: 'above',
    before: [kind],
    tools: [
      mark('Bold text', 'bold', 'Mod+B', letter('B', 'bold'), (chain) => chain.toggleBold()),
      mark('Italic text', 'italic', 'Mod+I', letter('I', 'italic'), (chain) => chain.toggleItalic()),
      mark('Underlined text', 'underline', 'Mod+U', letter('U', 'underline'), (chain) => chain.toggleUnderline()),
      mark('Struck-through text', 'strike', 'Mod+Shift+S', letter('S', 'strike'), (chain) => chain.toggleStrike()),
      mark('Highlighted text', 'highlight', undefined, drawing(...MARKER), (chain) => chain.toggleHighlight()),
      mark('Code text', 'code', 'Mod+E', drawing('m7 6-4 4 4 4', 'm13 6 4 4-4 4'), (chain) => chain.toggleCode()),
      mark('Link text', 'link', LINK_KEYS, drawing(...LINK), (chain) => chain.editLink()),
    ],
    anchor: ({ state, view }) => {
      const { selection } = state;
      if (!(selection instanceof TextSelection || selection instanceof AllSelection) || selection.empty || document.querySelector('.link-box')) return null;
      if (selection.$from.parent.type.spec.code || !hasWords(state.doc, selection)) return null;
      return posToDOMRect(view, selection.from, selection.to);
    },
    refresh: () => {
      const now = kinds.findLast((block) => block.active?.(editor))?.id ?? 'text';
      if (kind.value !== now && document.activeElement !== kind) kind.value = now;
    },
  }, signal);
}

/** Whether anything but space is selected; of a long text only the first word is looked at. */
function hasWords(doc: Node, { from, to }: { from: number; to: number }): boolean {
  let found = false;
  doc.nodesBetween(from, to, (node, position) => {
    if (node.isText && !found) found = node.text!.slice(Math.max(0, from - position), to - position).trim() !== '';
    return !found;
  });
  return found;
}

/** The table around the caret: its rows, columns and header. */
export function tableBar(editor: Editor, signal: AbortSignal): void {
  const cut = 'M4 4.5h12v11H4z';
  new Bar(editor, {
    name: 'Table',
    side: 'above',
    tools: [
      { name: 'Add row above', face: drawing('M3.5 10.5h13v6h-13zM10 2.5v5M7.5 5h5'), run: (chain) => chain.addRowBefore() },
      { name: 'Add row below', face: drawing('M3.5 3.5h13v6h-13zM10 12.5v5M7.5 15h5'), run: (chain) => chain.addRowAfter() },
      { name: 'Delete row', face: drawing('M3.5 7h13v6h-13z', 'm7.5 7.5 5 5M12.5 7.5l-5 5'), run: (chain) => chain.deleteRow() },
      { name: 'Add column before', face: drawing('M10.5 3.5h6v13h-6zM2.5 10h5M5 7.5v5'), run: (chain) => chain.addColumnBefore() },
      { name: 'Add column after', face: drawing('M3.5 3.5h6v13h-6zM12.5 10h5M15 7.5v5'), run: (chain) => chain.addColumnAfter() },
      { name: 'Delete column', face: drawing('M7 3.5h6v13H7z', 'm7.5 7.5 5 5M12.5 7.5l-5 5'), run: (chain) => chain.deleteColumn() },
      { name: 'Header row', face: drawing(cut, 'M4 8.5h12', 'M4 6.5h12'), run: (chain) => chain.toggleHeaderRow(), active: hasHeaderRow },
      { name: 'Delete table', face: drawing(cut, 'm7.5 7.5 5 5M12.5 7.5l-5 5'), run: (chain) => chain.deleteTable() },
    ],
    anchor: ({ state, view }) => {
      const { selection } = state;
      if (!(selection instanceof CellSelection) && !selection.empty) return null;
      for (let depth = selection.$from.depth; depth > 0; depth -= 1) {
        if (selection.$from.node(depth).type.name !== 'table') continue;
        const dom = view.nodeDOM(selection.$from.before(depth));
        return dom instanceof Element ? dom.getBoundingClientRect() : null;
      }
      return null;
    },
  }, signal);
}

function hasHeaderRow({ state: { selection } }: Editor): boolean {
  for (let depth = selection.$from.depth; depth > 0; depth -= 1) {
    const node = selection.$from.node(depth);
    if (node.type.name !== 'table') continue;
    let header = true;
    node.firstChild?.forEach((cell) => (header &&= cell.type.name === 'tableHeader'));
    return header;
  }
  return false;
}

/** The image that is selected: its description, another file for it, its end. */
export function imageBar(editor: Editor, signal: AbortSignal, replace: () => void): void {
  const alt = el('input', { type: 'text', class: 'bar-field', dir: 'auto', 'aria-label': 'Description of the image', placeholder: 'Describe this image', maxlength: 1_000 });
  const selected = (): NodeSelection | null => {
    const { selection } = editor.state;
    return selection instanceof NodeSelection && selection.node.type.name === 'image' ? selection : null;
  };
  let of: number | null = null;
  const keep = () => {
    const node = of === null ? null : editor.state.doc.nodeAt(of);
    if (of === null || node?.type.name !== 'image' || (node.attrs.alt ?? '') === alt.value) return;
    editor.view.dispatch(editor.state.tr.setNodeAttribute(of, 'alt', alt.value.trim() || null));
    editor.commands.setNodeSelection(of);
  };
  alt.addEventListener('change', keep);
  alt.addEventListener('keydown', (event) => {
    if (event.key !== 'Enter') return;
    event.preventDefault();
    keep();
    editor.view.focus();
  });
  new Bar(editor, {
    name: 'Image',
    side: 'above',
    before: [alt],
    tools: [
      { name: 'Replace image', face: drawing('M4 8a6 6 0 0 1 11-2l1 1.5', 'M16 3.5v4h-4', 'M16 12a6 6 0 0 1-11 2l-1-1.5', 'M4 16.5v-4h4'), run: (chain) => chain.command(() => (replace(), true)) },
      { name: 'Delete image', face: drawing('M4.5 5.5h11M8 5.5v-2h4v2M6 5.5l.6 11h6.8l.6-11'), run: (chain) => chain.deleteSelection() },
    ],
    anchor: ({ view }) => {
      const selection = selected();
      const dom = selection && view.nodeDOM(selection.from);
      return dom instanceof Element ? (dom.querySelector('.image-frame') ?? dom).getBoundingClientRect() : null;
    },
    refresh: () => {
      const selection = selected();
      if (!selection || document.activeElement === alt) return;
      of = selection.from;
      alt.value = typeof selection.node.attrs.alt === 'string' ? selection.node.attrs.alt : '';
    },
  }, signal);
}
