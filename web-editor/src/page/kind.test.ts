import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { kindsIn } from './kind';

function loaded(write: (doc: Y.Doc) => void): Y.Doc {
  const [author, reader] = [new Y.Doc(), new Y.Doc()];
  write(author);
  Y.applyUpdate(reader, Y.encodeStateAsUpdate(author));
  return reader;
}

// [P105]
describe('what a document is', () => {
  it.each<[string, (doc: Y.Doc) => void, string[]]>([
    ['paragraphs', (doc) => doc.getXmlFragment('body').push([new Y.XmlElement('paragraph')]), ['document']],
    ['letters', (doc) => doc.getText('text').insert(0, 'hello'), ['document']],
    ['a text format and nothing yet', (doc) => doc.getMap('format').set('text', 1), ['document']],
    ['shapes', (doc) => doc.getMap('elements').set('one', new Y.Map()), ['whiteboard']],
    ['both', (doc) => [doc.getMap('elements').set('one', 1), doc.getText('text').insert(0, 'hello')], ['document', 'whiteboard']],
    ['a title and a chat', (doc) => [doc.getText('title').insert(0, 'hello'), doc.getArray('chat').push([1])], []],
    ['what another app keeps', (doc) => doc.getText('content').insert(0, 'hello'), []],
    ['words that were deleted', (doc) => [doc.getText('text').insert(0, 'hello'), doc.getText('text').delete(0, 5)], []],
  ])('is told from %s', (_name, write, kinds) => {
    const doc = loaded(write);
    expect(kindsIn(doc)).toEqual(kinds);
    // The root's owner says of what type it is; looking must not.
    if (kinds[0] === 'document') expect(() => doc.getText('text')).not.toThrow();
  });
});
