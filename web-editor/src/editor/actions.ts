/** What the text's keys and menus ask of the page around it. */
import { Extension } from '@tiptap/core';

export interface Actions {
  /** Opens the form for a link; false where there can be none. */
  editLink: () => boolean;
  pickImage: () => void;
  find: () => void;
}

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    pageActions: {
      editLink: () => ReturnType;
      pickImage: () => ReturnType;
    };
  }
}

/** Mod+K belongs to the page's palette, so the link has Shift with it. */
export const LINK_KEYS = 'Mod+Shift+K';

export const PageActions = Extension.create<{ actions: Actions }>({
  name: 'pageActions',

  addCommands() {
    const { actions } = this.options;
    return {
      editLink: () => ({ dispatch }) => {
        // Opens a moment later: the chain this is part of has to come to its end first.
        if (dispatch) queueMicrotask(() => actions.editLink());
        return true;
      },
      pickImage: () => ({ dispatch }) => {
        if (dispatch) actions.pickImage();
        return true;
      },
    };
  },

  addKeyboardShortcuts() {
    const { actions } = this.options;
    return {
      'Mod-Shift-k': () => actions.editLink(),
      'Mod-f': () => {
        actions.find();
        return true;
      },
    };
  },
});
