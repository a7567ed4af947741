/** A link that is typed as Markdown writes it: `[words](address)`. Undo leads back to what was typed. */
import { Extension, InputRule } from '@tiptap/core';
import { linkTarget } from './link-target';

const TYPED = /(?<!!)\[([^[\]]+)\]\(([^\s()]+(?:\([^\s()]*\)[^\s()]*)?)\)$/;

export const TypedLink = Extension.create({
  name: 'typedLink',

  addInputRules() {
    const link = this.editor.schema.marks.link!;
    return [
      new InputRule({
        find: TYPED,
        handler: ({ state, range, match }) => {
          const href = linkTarget(match[2]!);
          if (!href) return null;
          const words = range.from + 1;
          const { tr } = state;
          // The words keep their own marks; the signs around them go.
          tr.delete(words + match[1]!.length, range.to).delete(range.from, words);
          const end = range.from + match[1]!.length;
          tr.addMark(range.from, end, link.create({ href })).removeStoredMark(link);
          return undefined;
        },
      }),
    ];
  },
});
