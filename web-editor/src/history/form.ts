/** In which form a document keeps its text: flat, or as the tree that it was before. */
import type * as Y from 'yjs';

/** Root of the flat text. */
export const TEXT = 'text';
/** Root of what is known of the containers around its blocks. */
export const CONTAINERS = 'containers';
/** Root of the tree. */
export const BODY = 'body';

export function isFlat(doc: Y.Doc): boolean {
  const format = doc.getMap('format').get(TEXT);
  return (typeof format === 'number' && format >= 1) || doc.getText(TEXT).length > 0;
}
