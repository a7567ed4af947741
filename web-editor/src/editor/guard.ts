/** What keeps this page from writing what its person did not type. */
import { Extension } from '@tiptap/core';
import { Plugin, PluginKey, type Transaction } from '@tiptap/pm/state';
import { isShared } from './binding/key';

/**
 * Plugins complete changes: they fill tables, mark links. For a change of somebody else's that must not happen: every page
 * that has the document open would write the same completion, tables would grow without end, and readers would write.
 */
export const Guard = Extension.create({
  name: 'guard',
  priority: 2000,

  addProseMirrorPlugins() {
    const { editor } = this;
    let root: Transaction | null = null;
    return [
      new Plugin({
        key: new PluginKey('guard'),
        filterTransaction: (transaction) => {
          // What plugins append starts from a state that the editor does not have yet.
          const appended = transaction.before !== editor.state.doc;
          if (!appended) root = transaction;
          if (!transaction.docChanged || isShared(transaction)) return true;
          return editor.isEditable && !(appended && root !== null && isShared(root));
        },
      }),
    ];
  },
});
