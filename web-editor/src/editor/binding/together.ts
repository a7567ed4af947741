/** The editor's extension: a document that is shared, and undo of one's own. */
import { Extension } from '@tiptap/core';
import { Plugin, type EditorState, type Transaction } from '@tiptap/pm/state';
import type { EditorView } from '@tiptap/pm/view';
import type * as Y from 'yjs';
import { Binding } from './binding';
import { bindingKey, isShared, type Unwritten } from './key';

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    together: {
      undo: () => ReturnType;
      redo: () => ReturnType;
    };
  }
}

export const Together = Extension.create<{ document: Y.Doc | null }, { binding: Binding | null }>({
  name: 'together',
  priority: 1000,

  addOptions: () => ({ document: null }),
  addStorage: () => ({ binding: null }),

  onBeforeCreate() {
    this.storage.binding = new Binding(this.options.document!, this.editor.schema);
    this.editor.options.content = this.storage.binding.base as never;
  },

  addCommands() {
    const step = (what: 'undo' | 'redo') => () => ({ tr, dispatch }: { tr: Transaction; dispatch: unknown }) => {
      const undo = this.storage.binding?.undo;
      tr.setMeta('preventDispatch', true);
      if (!undo || !this.editor.isEditable || !(what === 'undo' ? undo.canUndo : undo.canRedo)) return false;
      return !dispatch || undo[what]();
    };
    return { undo: step('undo'), redo: step('redo') };
  },

  addKeyboardShortcuts() {
    return {
      'Mod-z': () => this.editor.commands.undo(),
      'Mod-y': () => this.editor.commands.redo(),
      'Shift-Mod-z': () => this.editor.commands.redo(),
    };
  },

  addProseMirrorPlugins() {
    const binding = this.storage.binding!;
    return [plugin(binding)];
  },
});

function plugin(binding: Binding): Plugin<Unwritten> {
  const nothing: Unwritten = { binding, maps: [], history: false, before: null };
  return new Plugin<Unwritten>({
    key: bindingKey,
    state: {
      init: () => nothing,
      apply: (tr, before, old) => (tr.docChanged ? collect(tr, before, old) : before),
    },
    view: (view: EditorView) => {
      binding.connect(view);
      return { update: () => binding.look(), destroy: () => binding.disconnect() };
    },
  });

  function collect(tr: Transaction, before: Unwritten, old: EditorState): Unwritten {
    if (isShared(tr)) return nothing;
    const first = tr.before === binding.base;
    const { maps, history, before: selection } = first ? { ...nothing, before: binding.held(old) } : before;
    return { binding, maps: [...maps, ...tr.mapping.maps], history: history || tr.getMeta('addToHistory') !== false, before: selection };
  }
}
