/** Every line runs in the direction of its own letters. Rendered only: what a document stores of it stays as it is. */
import { Extension } from '@tiptap/core';

export const Direction = Extension.create({
  name: 'direction',
  addGlobalAttributes: () => [
    {
      types: ['paragraph', 'heading'],
      attributes: {
        dir: {
          default: null,
          parseHTML: () => null,
          renderHTML: ({ dir }) => ({ dir: dir === 'ltr' || dir === 'rtl' ? dir : 'auto' }),
        },
      },
    },
  ],
});
