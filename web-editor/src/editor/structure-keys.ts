/**
 * The keys of kinds and lists, wherever the caret is. What cannot be done there does nothing: let through, Ctrl+Shift+B
 * would be taken for Ctrl+B.
 */
import { Extension, type Command } from '@tiptap/core';
import { NodeRange } from '@tiptap/pm/model';
import { findWrapping, liftTarget } from '@tiptap/pm/transform';
import { TOOLS } from './tools';

declare module '@tiptap/core' {
  interface Commands<ReturnType> {
    structureKeys: {
      /** Puts what is selected in a quote, with the list around it where that cannot be without; or takes it out of the quote around it. */
      toggleQuote: () => ReturnType;
    };
  }
}

const STRUCTURE = ['Headings', 'Blocks'];

export const StructureKeys = Extension.create({
  name: 'structureKeys',
  // Before the keys of single nodes and marks.
  priority: 1_000,

  addCommands: () => ({ toggleQuote: () => toggleQuote }),

  addKeyboardShortcuts() {
    const { editor } = this;
    const tools = TOOLS.filter(({ name }) => STRUCTURE.includes(name)).flatMap(({ tools }) => tools);
    const always = (run: () => unknown) => () => {
      run();
      return true;
    };
    return {
      ...Object.fromEntries(tools.flatMap(({ keys, run }) => (keys ? [[keys.replaceAll('+', '-').replace(/[A-Z]$/, (letter) => letter.toLowerCase()), always(() => run(editor.chain()).run())]] : []))),
      'Mod-Alt-0': always(() => editor.commands.setParagraph()),
    };
  },
});

const toggleQuote: Command = ({ state, tr, dispatch }) => {
  const { $from, $to } = tr.selection;
  const type = state.schema.nodes.blockquote!;
  const quoted = $from.blockRange($to, (node) => node.type === type);
  const target = quoted && liftTarget(quoted);
  if (quoted) {
    if (typeof target === 'number' && dispatch) tr.lift(quoted, target).scrollIntoView();
    return typeof target === 'number';
  }
  for (let range = $from.blockRange($to); range; range = range.depth > 0 ? new NodeRange($from, $to, range.depth - 1) : null) {
    const wrapping = findWrapping(range, type);
    if (!wrapping) continue;
    if (dispatch) tr.wrap(range, wrapping).scrollIntoView();
    return true;
  }
  return false;
};
