/**
 * Very many blocks are drawn anew without a walk through all of them for each. The view asks for the position of each block, and counts
 * from the first block each time: here it counts on from the block that it asked for last. The browser looks for its place in the
 * text with each block that is removed within what is selected: here it has no selection until the view gives it the new one.
 */
import { Extension } from '@tiptap/core';
import type { Node } from '@tiptap/pm/model';
import { Plugin, PluginKey } from '@tiptap/pm/state';
import type { Step } from '@tiptap/pm/transform';
import type { EditorView } from '@tiptap/pm/view';
import { ReplaceNodes } from './binding/step';

/** From so many blocks on. */
const BLOCKS_MIN = 1_000;

/** A block as it is drawn; the view keeps it to itself. */
interface Drawn {
  readonly node: Node;
  readonly size: number;
  readonly children: readonly Drawn[];
  posBeforeChild: (child: Drawn) => number;
}

export const QuickView = Extension.create({
  name: 'quickView',

  addProseMirrorPlugins() {
    const { editor } = this;
    editor.on('beforeTransaction', ({ transaction, nextState }) => {
      const { view, state } = editor;
      // The view gives it one only where it draws, and where the person can write.
      const isGiven = view.editable && view.hasFocus() && !view.composing;
      if (isGiven && transaction.steps.some(isWide) && !nextState.doc.eq(state.doc)) view.dom.ownerDocument.getSelection()?.removeAllRanges();
    });
    return [
      new Plugin({
        key: new PluginKey('quickView'),
        view: (view) => {
          countOn(view);
          return { update: countOn };
        },
      }),
    ];
  },
});

function isWide(step: Step): boolean {
  return step instanceof ReplaceNodes && Math.max(step.end - step.first, step.nodes.length) >= BLOCKS_MIN;
}

function countOn(view: EditorView): void {
  const { docView } = view as unknown as { docView: Drawn };
  if (Object.hasOwn(docView, 'posBeforeChild')) return;
  const count = docView.posBeforeChild.bind(docView);
  let doc: Node | null = null;
  let last: Drawn | undefined;
  let [index, position] = [0, 0];
  docView.posBeforeChild = (child) => {
    const { node, children } = docView;
    // What is before a block stays until the document is another.
    if (node !== doc || children[index] !== last) [doc, index, position] = [node, 0, 0];
    for (let at = index, before = position; at < children.length; at += 1) {
      const one = children[at]!;
      if (one === child) {
        [last, index, position] = [one, at, before];
        return before;
      }
      before += one.size;
    }
    return count(child);
  };
}
