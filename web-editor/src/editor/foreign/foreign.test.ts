import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import type { Session } from '../../session/session';
import { BODY, ownSchema } from '../editor';
import { EditorHost } from '../host';
import { KeptImages } from '../../images/kept-images';
import { Uploads } from '../../images/uploads';
import { plainText } from './plain';
import { Survey } from './survey';

/** What another app wrote: a mention in a paragraph, a video, a callout with paragraphs, a mark and an attribute. */
function foreignContent(doc: Y.Doc): void {
  const paragraph = new Y.XmlElement('paragraph');
  const mention = new Y.XmlElement('mention');
  mention.setAttribute('id', 'u1');
  mention.setAttribute('label', '@grace');
  paragraph.setAttribute('textAlign', 'center');
  const text = new Y.XmlText();
  text.applyDelta([{ insert: 'hello ' }, { insert: 'world', attributes: { highlight: { color: 'red' } } }]);
  const video = new Y.XmlElement('youtube');
  video.setAttribute('src', 'https://video.example/1');
  const callout = new Y.XmlElement('callout');
  const inside = new Y.XmlElement('paragraph');
  inside.insert(0, [new Y.XmlText('inside')]);
  doc.transact(() => {
    doc.getXmlFragment(BODY).insert(0, [paragraph, video, callout]);
    paragraph.insert(0, [text, mention]);
    callout.insert(0, [inside]);
  });
}

const away = { name: 'test', state: {} as Session['state'], subscribe: () => () => undefined, saved: () => new Promise<void>(() => undefined) };
const uploads = new Uploads({ session: away, kept: new KeptImages('test'), wanted: () => false, stored: () => false });
const hosts: EditorHost[] = [];
let unfit: string[] = [];

function open(doc: Y.Doc): EditorHost {
  const element = document.createElement('div');
  document.body.append(element);
  const session = { doc, name: 'test', awareness: new Awareness(doc) } as unknown as Session;
  const actions = { editLink: () => false, pickImage: () => undefined, find: () => undefined };
  const host = new EditorHost({ element, session, uploads, actions, mounted: () => undefined, unfit: (what) => void unfit.push(what) });
  host.setEditable(true);
  hosts.push(host);
  return host;
}

function join(a: Y.Doc, b: Y.Doc): void {
  Y.applyUpdate(b, Y.encodeStateAsUpdate(a));
  Y.applyUpdate(a, Y.encodeStateAsUpdate(b));
  a.on('update', (update, origin) => origin !== b && Y.applyUpdate(b, update, a));
  b.on('update', (update, origin) => origin !== a && Y.applyUpdate(a, update, b));
}

const xml = (doc: Y.Doc) => doc.getXmlFragment(BODY).toString();
const settled = () => new Promise<void>((resolve) => queueMicrotask(resolve));

beforeEach(() => (unfit = []));
afterEach(() => {
  for (const host of hosts.splice(0)) host.editor?.destroy();
  document.body.replaceChildren();
});

describe('content of another app', () => {
  // [P20]
  it('is shown and stays as it is when the document opens', () => {
    const doc = new Y.Doc();
    foreignContent(doc);
    const before = xml(doc);
    const state = Y.encodeStateVector(doc);
    const { editor } = open(doc);
    expect(xml(doc)).toBe(before);
    expect(Y.encodeStateVector(doc)).toEqual(state);
    expect(editor!.getText()).toContain('@grace');
    expect(editor!.getText()).toContain('inside');
  });

  // [P20]
  it('stays when it arrives while the document is open, and the page edits on', async () => {
    const [theirs, ours] = [new Y.Doc(), new Y.Doc()];
    join(theirs, ours);
    const host = open(ours);
    host.editor!.commands.insertContent('ours');
    foreignContent(theirs);
    const before = xml(theirs);
    await settled();
    expect(xml(ours)).toBe(before);
    host.editor!.commands.insertContentAt(1, 'typed ');
    expect(xml(theirs)).toContain('typed hello ');
    for (const part of ['<mention', 'label="@grace"', '<youtube', '<callout>', '<highlight', 'textAlign="center"']) expect(xml(theirs), part).toContain(part);
  });

  // [P20]
  it('keeps its name and attributes when the paragraph around it is split', () => {
    const doc = new Y.Doc();
    foreignContent(doc);
    const { editor } = open(doc);
    editor!.chain().setTextSelection(3).splitBlock().run();
    expect(xml(doc)).toMatch(/<paragraph[^>]*>he<\/paragraph>/);
    expect(xml(doc)).toMatch(/<mention[^>]*id="u1"[^>]*>/);
    expect(xml(doc)).toContain('<highlight color="red">world</highlight>');
  });

  // [P20]
  it('is completed for the screen only, where merging left it incomplete', () => {
    const doc = new Y.Doc();
    const list = new Y.XmlElement('bulletList');
    const item = new Y.XmlElement('listItem');
    const heading = new Y.XmlElement('heading');
    doc.transact(() => {
      doc.getXmlFragment(BODY).insert(0, [list, new Y.XmlElement('bulletList')]);
      list.insert(0, [item]);
      item.insert(0, [heading]);
      heading.insert(0, [new Y.XmlText('a heading first')]);
    });
    const before = xml(doc);
    const { editor } = open(doc);
    expect(xml(doc)).toBe(before);
    expect(editor!.getText()).toContain('a heading first');
    expect(() => editor!.state.doc.check()).not.toThrow();
    expect(unfit).toEqual([]);
  });

  // [P20]
  it.each([
    ['text without a paragraph', (body: Y.XmlFragment) => body.insert(0, [new Y.XmlText('bare')])],
    ['an image in a line', (body: Y.XmlFragment) => body.insert(0, [filled('paragraph', [new Y.XmlText('bare'), new Y.XmlElement('image')])])],
    ['an object in the text', (body: Y.XmlFragment) => body.insert(0, [filled('paragraph', [embedded('bare')])])],
    ['a name that is none', (body: Y.XmlFragment) => body.insert(0, [filled('constructor', [new Y.XmlText('bare')])])],
  ])('is shown as text and left alone: %s', async (_name, write) => {
    const [theirs, ours] = [new Y.Doc(), new Y.Doc()];
    join(theirs, ours);
    const host = open(ours);
    write(theirs.getXmlFragment(BODY));
    const before = xml(theirs);
    await settled();
    await settled();
    expect(host.editor).toBeNull();
    expect(unfit).toHaveLength(1);
    expect(document.body.textContent).toContain('bare');
    expect(host.text()).toContain('bare');
    expect(xml(theirs)).toBe(before);
    expect(xml(ours)).toBe(before);
  });

  it('of more kinds than an app has is not taken on', () => {
    const doc = new Y.Doc();
    doc.getXmlFragment(BODY).insert(0, Array.from({ length: 200 }, (_, index) => new Y.XmlElement(`kind${index}`)));
    const survey = new Survey(ownSchema());
    survey.look(doc.getXmlFragment(BODY));
    expect(survey.unfit).toContain('kind64');
    expect(survey.nodes.size).toBe(64);
  });

  it('reads as text, a line for each block', () => {
    const doc = new Y.Doc();
    foreignContent(doc);
    expect(plainText(doc.getXmlFragment(BODY))).toBe('hello world\n\ninside');
  });
});

describe('a document of this app', () => {
  // [P21]
  it('opens without a single edit', () => {
    const doc = new Y.Doc();
    const write = open(doc);
    write.editor!.commands.setContent('<h1>Title</h1><ul><li><p>one</p></li></ul><pre><code class="language-rust">fn</code></pre><ul data-type="taskList"><li data-type="taskItem" data-checked="true"><p>done</p></li></ul><table><tr><th><p>a</p></th></tr><tr><td><p>b</p></td></tr></table><hr><blockquote><p>q <strong>b</strong></p></blockquote>');
    const copy = new Y.Doc();
    Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
    let edits = 0;
    copy.on('update', () => (edits += 1));
    const read = open(copy);
    expect(read.editor!.getJSON()).toEqual(write.editor!.getJSON());
    expect(edits).toBe(0);
  });

  // [P21]
  it('is not completed in answer to what somebody else wrote', () => {
    const [theirs, ours] = [new Y.Doc(), new Y.Doc()];
    join(theirs, ours);
    const host = open(ours);
    let edits = 0;
    ours.on('update', (_update, origin) => (edits += origin === theirs ? 0 : 1));
    const row = (cells: number) => filled('tableRow', Array.from({ length: cells }, () => filled('tableCell', [new Y.XmlElement('paragraph')])));
    // Rows of different lengths, as they are left by a new row and a new column at the same time; an address with a space behind.
    theirs.getXmlFragment(BODY).insert(0, [filled('table', [row(2), row(3)]), filled('paragraph', [new Y.XmlText('see https://example.org ')])]);
    expect(host.editor!.getText()).toContain('example.org');
    // Whatever was completed on the screen would be written with the next thing that happens here.
    host.editor!.commands.setTextSelection(5);
    expect(edits).toBe(0);
    expect(host.editor!.state.doc.firstChild!.firstChild!.childCount).toBe(2);
  });

  // [P9]
  it('cannot be changed by a reader, whatever a plugin wants', () => {
    const doc = new Y.Doc();
    const host = open(doc);
    host.editor!.commands.insertContent('text');
    host.setEditable(false);
    host.editor!.commands.insertContent('more');
    expect(xml(doc)).toBe('<paragraph>text</paragraph>');
  });
});

function filled(name: string, children: (Y.XmlElement | Y.XmlText)[]): Y.XmlElement {
  const element = new Y.XmlElement(name);
  element.insert(0, children);
  return element;
}

function embedded(text: string): Y.XmlText {
  const type = new Y.XmlText(text);
  type.insertEmbed(1, { image: 'x' });
  return type;
}
