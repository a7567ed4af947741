import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { random } from '../export/markdown/random-document';
import { cleanFormats } from './cleaning';

const text = (doc: Y.Doc) => doc.getText('text');

/** Takes over what another has. */
function take(to: Y.Doc, from: Y.Doc): void {
  Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)), 'line');
}

function readers(): { own: Y.Doc; reference: Y.Doc } {
  const [own, reference] = [new Y.Doc(), new Y.Doc()];
  // Both delete the same, and what they write thereby is the same.
  own.clientID = reference.clientID = 7;
  own.on('afterTransaction', cleanFormats);
  // A text cleans itself once it is known to be one.
  [own, reference].forEach(text);
  return { own, reference };
}

const formats = (doc: Y.Doc): string[] => {
  const found: string[] = [];
  for (let item = text(doc)._start; item; item = item.right) if (!item.deleted && item.content instanceof Y.ContentFormat) found.push(`${item.content.key} ${item.content.value as unknown as string}`);
  return found;
};

describe('the cleaning of formats', () => {
  it('leaves what Yjs leaves, whatever others did', () => {
    for (let seed = 1; seed <= 25; seed += 1) {
      const chance = random(seed);
      const below = (count: number) => Math.floor(chance() * count);
      const [writer, other] = [new Y.Doc(), new Y.Doc()];
      const { own, reference } = readers();
      text(writer).insert(0, 'a text of some length, in which formats come and go');
      for (let round = 0; round < 30; round += 1) {
        const doc = chance() < 0.5 ? writer : other;
        // At first formats come and go, then letters alone.
        const acts = round < 12 ? 4 : 2;
        doc.transact(() => {
          for (let change = below(4); change >= 0; change -= 1) {
            const at = below(text(doc).length + 1);
            const count = Math.min(below(9), text(doc).length - at);
            const act = below(acts);
            if (act === 0) text(doc).delete(at, count);
            else if (act === 1) text(doc).insert(at, 'xyz'.slice(below(3)));
            else if (act === 2) text(doc).insertEmbed(at, new Y.Map());
            else text(doc).format(at, count, { [['b', 'i'][below(2)]!]: [true, null][below(2)] });
          }
        });
        for (const to of [own, reference]) take(to, doc);
        if (chance() < 0.3) for (const [to, from] of [[writer, other], [other, writer]] as const) take(to, from);
        expect(Y.encodeStateAsUpdate(own)).toEqual(Y.encodeStateAsUpdate(reference));
      }
    }
  });

  it('finds what is left over where two deleted the letters between', () => {
    const [one, two] = [new Y.Doc(), new Y.Doc()];
    const { own, reference } = readers();
    text(one).insert(0, 'a bold and bold end');
    text(one).format(2, 4, { b: true });
    text(one).format(11, 4, { b: true });
    take(two, one);
    text(one).delete(6, 2);
    text(two).delete(8, 3);
    for (const to of [own, reference]) for (const from of [one, two]) take(to, from);
    expect(text(own).toDelta()).toEqual([{ insert: 'a ' }, { insert: 'bold', attributes: { b: true } }, { insert: 'bold', attributes: { b: true } }, { insert: ' end' }]);
    expect(formats(own)).toEqual(['b true', 'b true', 'b null']);
    expect(Y.encodeStateAsUpdate(own)).toEqual(Y.encodeStateAsUpdate(reference));
  });
});
