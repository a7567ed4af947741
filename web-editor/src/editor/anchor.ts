/**
 * Keeps what a person looks at where it is while others write above it. The browser does so by itself, except while the
 * text has the focus: then it holds on to the top of the text, which does not move.
 */
import { Extension } from '@tiptap/core';
import { Plugin, PluginKey } from '@tiptap/pm/state';
import type { EditorView } from '@tiptap/pm/view';
import { isShared, isUndo } from './binding/key';

/** What is held: the line of the caret if it can be seen, else the first block that can. */
type Held = { is: 'caret'; top: number } | { is: 'block'; block: Element; top: number };

export const Anchor = Extension.create({
  name: 'anchor',

  addProseMirrorPlugins() {
    const { editor } = this;
    let others = false;
    let held: Held | null = null;
    editor.on('beforeTransaction', ({ transaction }) => {
      others = transaction.docChanged && isShared(transaction) && !isUndo(transaction);
      held = others && editor.isFocused ? hold(editor.view) : null;
    });
    editor.on('transaction', () => {
      if (held) letGo(held, editor.view);
      held = null;
      others = false;
    });
    return [
      new Plugin({
        key: new PluginKey('anchor'),
        // What somebody else does moves nobody's page.
        props: { handleScrollToSelection: () => others },
      }),
    ];
  },
});

function letGo(held: Held, view: EditorView): void {
  if (held.is === 'block' && !held.block.isConnected) return;
  const moved = (held.is === 'caret' ? caretTop(view) : held.block.getBoundingClientRect().top) - held.top;
  if (Math.abs(moved) < 1) return;
  rest();
  scrollBy({ top: moved, behavior: 'instant' });
}

let resting = 0;

/** Until this is painted the browser leaves scrolling alone: of two changes between paints it would take one back. */
function rest(): void {
  const { style } = document.documentElement;
  style.overflowAnchor = 'none';
  cancelAnimationFrame(resting);
  resting = requestAnimationFrame(() => {
    resting = requestAnimationFrame(() => style.removeProperty('overflow-anchor'));
  });
}

function caretTop(view: EditorView): number {
  return view.coordsAtPos(view.state.selection.head).top;
}

function hold(view: EditorView): Held | null {
  const header = document.querySelector('.top')?.getBoundingClientRect().bottom ?? 0;
  const top = caretTop(view);
  if (top >= header && top < innerHeight) return { is: 'caret', top };
  const { left, width } = view.dom.getBoundingClientRect();
  const found = document.elementFromPoint(left + width / 2, header + 12)?.closest('.prose > *');
  return found ? { is: 'block', block: found, top: found.getBoundingClientRect().top } : null;
}
