/** Makes a template's content, as the one update that creates it. Loaded when somebody chooses a template. */
import * as Y from 'yjs';
import type { Template } from './templates';
import { writeBoard } from './template-board';
import { writeText } from './template-text';

/** The update of a new document. Sending it again changes nothing: it is the same author's same edits. */
export function templateUpdate({ id, kind, name }: Template): Uint8Array {
  const doc = new Y.Doc();
  doc.transact(() => {
    doc.getText('title').insert(0, name);
    if (kind === 'whiteboard') writeBoard(id, doc.getMap('elements'));
    else writeText(id, doc);
  });
  return Y.encodeStateAsUpdate(doc);
}
