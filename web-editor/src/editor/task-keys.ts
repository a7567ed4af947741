/** Mod+Enter ticks the tasks that the selection is in, and takes the ticks back where all of them have one. */
import { Extension } from '@tiptap/core';
import type { EditorState } from '@tiptap/pm/state';

export const TaskKeys = Extension.create({
  name: 'taskKeys',
  // Elsewhere the same keys break the line.
  priority: 1_000,

  addKeyboardShortcuts() {
    return {
      'Mod-Enter': () =>
        this.editor.commands.command(({ state, tr, dispatch }) => {
          const tasks = tasksAt(state);
          const checked = tasks.some((at) => state.doc.nodeAt(at)?.attrs.checked !== true);
          if (dispatch) for (const at of tasks) tr.setNodeAttribute(at, 'checked', checked);
          return tasks.length > 0;
        }),
    };
  },
});

/** Where the innermost tasks around the selected lines begin. */
function tasksAt({ doc, selection }: EditorState): number[] {
  const found = new Set<number>();
  doc.nodesBetween(selection.from, selection.to, (node, position) => {
    if (!node.isTextblock) return true;
    const inside = doc.resolve(position + 1);
    for (let depth = inside.depth; depth > 0; depth -= 1) {
      if (inside.node(depth).type.name !== 'taskItem') continue;
      found.add(inside.before(depth));
      break;
    }
    return false;
  });
  return [...found];
}
