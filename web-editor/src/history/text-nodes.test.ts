import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { ownSchema } from '../editor/editor';
import { Blame } from './blame';
import { Film } from './film';
import { Writers } from './people';
import { TextNodes, places, type Change } from './text-nodes';

const schema = ownSchema();

function paragraph(words: string, name = 'paragraph'): Y.XmlElement {
  const element = new Y.XmlElement(name);
  const text = new Y.XmlText();
  text.insert(0, words);
  element.insert(0, [text]);
  return element;
}

/** Two people on one text, and the film of what they do. */
function two() {
  const film = new Film();
  const [ada, bob] = [new Y.Doc({ gc: false }), new Y.Doc({ gc: false })];
  [ada.clientID, bob.clientID] = [1, 2];
  const writers = new Writers([
    { client: 1, user: 'ada', name: 'Ada', color: '#2563eb' },
    { client: 2, user: 'bob', name: 'Bob', color: '#dc2626' },
  ]);
  for (const [doc, other, user] of [[ada, bob, 'ada'], [bob, ada, 'bob']] as const) {
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'remote') return;
      film.add(film.count, writers.of(user, update), update);
      Y.applyUpdate(other, update, 'remote');
    });
  }
  return { ada, bob, film, writers };
}

const copyOf = (doc: Y.Doc): Y.Doc => {
  const copy = new Y.Doc({ gc: false });
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
};
const textOf = (doc: Y.Doc, at: number): Y.XmlText => (doc.getXmlFragment('body').get(at) as Y.XmlElement).get(0) as Y.XmlText;

describe('the text of the past', () => {
  // [T35]
  it('shows who inserted and who deleted what since a state before', () => {
    const { ada, bob, film, writers } = two();
    ada.getXmlFragment('body').insert(0, [paragraph('one long two three'), paragraph('gone soon'), paragraph('gone before')]);
    // What was deleted earlier is no change since.
    textOf(ada, 0).delete(4, 5);
    ada.getXmlFragment('body').delete(2, 1);
    const from = film.count;
    const before = copyOf(ada);
    textOf(bob, 0).delete(4, 4);
    textOf(ada, 0).insert(4, 'new ');
    bob.getXmlFragment('body').delete(1, 1);
    ada.getXmlFragment('body').insert(1, [paragraph('fresh', 'codeBlock')]);
    textOf(bob, 0).insert(0, 'x');
    textOf(bob, 0).delete(0, 1);
    const blame = new Blame(film, writers, from, film.count);
    const built = new TextNodes(schema).build(ada, { before, inserted: (c, k) => blame.inserted(c, k), deleted: (c, k) => blame.deleted(c, k) });
    const told = ({ kind, from: start, to, who, block }: Change) => [kind, built.doc.textBetween(start, to, '|'), writers.get(who).name, block];
    expect(built.changes.map(told).sort()).toEqual([
      ['delete', 'gone soon', 'Bob', false],
      ['delete', 'gone soon', 'Bob', true],
      ['delete', 'two ', 'Bob', false],
      ['insert', 'fresh', 'Ada', false],
      ['insert', 'fresh', 'Ada', true],
      ['insert', 'new ', 'Ada', false],
    ].sort());
    const plain = new TextNodes(schema).build(ada, null);
    expect(plain.doc.textBetween(0, plain.doc.content.size, '|')).toBe('one new three|fresh');
    expect(plain.changes).toEqual([]);
  });

  // [T35]
  it('follows changes though it keeps what did not change', () => {
    const doc = new Y.Doc({ gc: false });
    doc.getXmlFragment('body').insert(0, [paragraph('a'), paragraph('b')]);
    const nodes = new TextNodes(schema);
    const first = nodes.build(doc, null).doc;
    textOf(doc, 1).insert(1, '!');
    const second = nodes.build(doc, null).doc;
    expect(second.textContent).toBe('ab!');
    expect(second.child(0), 'the same node').toBe(first.child(0));
  });

  // [T36]
  it('shows what the page does not know, and changes nothing of it', () => {
    const doc = new Y.Doc({ gc: false });
    const body = doc.getXmlFragment('body');
    const odd = new Y.XmlElement('constructor');
    const mention = new Y.XmlElement('mention');
    const mixed = paragraph('with ');
    mixed.insert(1, [mention]);
    const loose = new Y.XmlText();
    loose.insert(0, 'loose');
    const marked = paragraph('bold');
    const format = () => textOf(doc, 4).format(0, 4, { bold: {}, 'link--abcdefgh': { href: 'javascript:alert(1)' }, unheard: { x: 1 } });
    body.insert(0, [paragraph('callout', 'callout'), odd, mixed, loose as unknown as Y.XmlElement, marked, new Y.XmlElement('bulletList')]);
    format();
    const before = Y.encodeStateAsUpdate(doc);
    const { doc: shown } = new TextNodes(schema).build(doc, null);
    expect(shown.textBetween(0, shown.content.size, '|')).toContain('callout|[constructor]|with [mention]|loose|bold');
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before);
  });

  it('is an empty paragraph where there is nothing', () => {
    expect(new TextNodes(schema).build(new Y.Doc(), null).doc.childCount).toBe(1);
  });

  // [T35]
  it('takes neighbouring changes for one place', () => {
    const change = (from: number, to: number): Change => ({ kind: 'insert', from, to, who: 0, block: false });
    expect(places([change(20, 22), change(1, 5), change(5, 9), change(11, 12)])).toEqual([{ from: 1, to: 12 }, { from: 20, to: 22 }]);
  });
});
