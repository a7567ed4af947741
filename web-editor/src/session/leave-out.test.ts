import { afterEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { OFFERS_MAX, offerApart, offerTo, updateUrl } from './leave-out';
import { writtenIn } from './written';

let offers = 0;

/** A server that takes no update with a value over some size, as its limits say, nor one with a BigInt. */
function serverThatTakes(bytesMax: number) {
  const server = new Y.Doc();
  offers = 0;
  const offer = async (piece: Uint8Array) => {
    offers += 1;
    const { structs } = Y.decodeUpdate(piece);
    const bad = structs.some((struct) => struct instanceof Y.Item && struct.content instanceof Y.ContentAny && struct.content.arr.some((value) => typeof value === 'bigint'));
    const probe = new Y.Doc();
    Y.applyUpdate(probe, Y.encodeStateAsUpdate(server));
    Y.applyUpdate(probe, piece);
    if (bad || piece.length > bytesMax || probe.store.pendingStructs) return 'refused' as const;
    Y.applyUpdate(server, piece);
    return 'taken' as const;
  };
  return { server, offer };
}

afterEach(() => vi.unstubAllGlobals());

// [P83]
describe('leaving out what is refused', () => {
  it('sends everything else, before and behind it', async () => {
    const doc = new Y.Doc();
    doc.getText('t').insert(0, 'before');
    doc.getMap('m').set('number', 5n);
    doc.getText('t').insert(6, ' and after');
    doc.getMap('m').set('other', 'taken');
    const { server, offer } = serverThatTakes(1_000);
    const left = await offerApart(Y.encodeStateAsUpdate(doc), offer);
    expect(server.getText('t').toString()).toBe('before and after');
    expect(server.getMap('m').toJSON()).toEqual({ other: 'taken' });
    const kept = left.flatMap((update) => Y.decodeUpdate(update).structs).map((struct) => struct instanceof Y.Item && struct.content.getContent());
    expect(kept, 'and keeps it').toEqual([[5n]]);
  });

  it('leaves behind what builds on it', async () => {
    const doc = new Y.Doc();
    const inside = new Y.Map<unknown>();
    doc.getMap('m').set('picture', inside);
    inside.set('data', 'x'.repeat(5_000));
    const large = doc.getMap<unknown>('m').get('picture') as Y.Map<unknown>;
    large.set('alt', 'a cat');
    const { server, offer } = serverThatTakes(1_000);
    const left = await offerApart(Y.encodeStateAsUpdate(doc), offer);
    expect((server.getMap('m').toJSON() as { picture: object }).picture).not.toHaveProperty('data');
    expect(left).toHaveLength(1);
  });

  it('keeps what was written around it in its place', async () => {
    const doc = documentOf('one two');
    doc.getText('t').insertEmbed(3, { picture: 'x'.repeat(5_000) });
    doc.getText('t').insert(4, ' and a half');
    const { server, offer } = serverThatTakes(1_000);
    const left = await offerApart(Y.encodeStateAsUpdate(doc), offer);
    expect(server.getText('t').toString()).toBe('one and a half two');
    expect(left.map(({ length }) => length > 5_000)).toEqual([true]);
  });

  it('leaves out what was written inside of it as well', async () => {
    const doc = documentOf('kept');
    doc.getMap('m').set('x'.repeat(5_000), new Y.Text('inside'));
    doc.getText('t').insert(4, ', kept too');
    const inside = doc.getMap<Y.Text>('m').get('x'.repeat(5_000))!;
    inside.insert(3, ' between ');
    inside.insert(0, 'first ');
    const { server, offer } = serverThatTakes(1_000);
    const left = await offerApart(Y.encodeStateAsUpdate(doc), offer);
    expect([server.getText('t').toString(), server.getMap('m').size]).toEqual(['kept, kept too', 0]);
    const kept = writtenIn(Y.mergeUpdates(left));
    for (const part of ['ins', ' between ', 'ide', 'first']) expect(kept).toContain(part);
    expect(kept).not.toContain('kept');
  });

  it('ends, whatever is refused, and keeps it', async () => {
    const doc = new Y.Doc();
    for (let n = 0; n < 600; n++) doc.getMap('m').set(`k${n}`, BigInt(n));
    const { offer } = serverThatTakes(1_000);
    const left = await offerApart(Y.encodeStateAsUpdate(doc), offer);
    expect(offers).toBe(OFFERS_MAX);
    const rest = new Y.Doc();
    for (const update of left) Y.applyUpdate(rest, update);
    expect(rest.getMap('m').size).toBe(600);
  });

  it('asks once who takes nothing at all, and gives up when it cannot be told', async () => {
    const update = Y.encodeStateAsUpdate(documentOf('words'));
    let asked = 0;
    const status = (code: number) => vi.stubGlobal('fetch', async () => (asked++, new Response(null, { status: code })));
    const offer = () => offerApart(update, offerTo('http://host/u', null));
    status(403);
    expect(await offer()).toEqual([update]);
    expect(asked).toBe(1);
    for (const code of [429, 502, 503]) {
      status(code);
      await expect(offer()).rejects.toThrow(`${code}`);
    }
  });

  it('goes where updates are taken, as the person it is', async () => {
    expect(updateUrl('wss://weft.example/sync', 'notes/today ü')).toBe('https://weft.example/api/documents/notes%2Ftoday%20%C3%BC/update');
    const fetched = vi.fn(async () => new Response(null, { status: 204 }));
    vi.stubGlobal('fetch', fetched);
    expect(await offerTo('http://host/u', 'a.b.c')(Uint8Array.of(0, 0))).toBe('taken');
    expect(fetched).toHaveBeenCalledWith('http://host/u', expect.objectContaining({ method: 'POST', headers: expect.objectContaining({ authorization: 'Bearer a.b.c' }) }));
  });
});

function documentOf(text: string): Y.Doc {
  const doc = new Y.Doc();
  doc.getText('t').insert(0, text);
  return doc;
}

// [P83]
describe('what is written in an update', () => {
  it('is read without the document', () => {
    const doc = new Y.Doc();
    const text = doc.getText('text');
    text.insertEmbed(0, new Y.Map([['type', 'heading']]));
    text.insert(1, 'Title');
    text.insertEmbed(6, new Y.Map());
    text.insert(7, 'some 😀 words', { bold: {} });
    doc.getMap('elements').set('e', new Y.Map([['text', 'on a board'], ['colour', 'red']]));
    const written = writtenIn(Y.encodeStateAsUpdate(doc));
    for (const part of ['Title\n', 'some 😀 words', 'on a board']) expect(written).toContain(part);
    for (const part of ['red', 'heading', 'bold']) expect(written).not.toContain(part);
  });

  it('is only what is new in it, and nothing that was deleted', () => {
    const doc = documentOf('known ');
    const since = Y.encodeStateVector(doc);
    doc.getText('t').insert(6, 'kept, wrong, kept too');
    doc.getText('t').delete(12, 7);
    expect(writtenIn(Y.encodeStateAsUpdate(doc, since))).toBe('kept, kept too');
    const updates: Uint8Array[] = [];
    const other = new Y.Doc();
    other.on('update', (update: Uint8Array) => updates.push(update));
    other.getText('t').insert(0, 'one two three');
    other.getText('t').delete(4, 4);
    expect(writtenIn(Y.mergeUpdates(updates))).toBe('one three');
    expect(writtenIn(Y.encodeStateAsUpdate(new Y.Doc()))).toBe('');
  });
});
