import type { Editor } from '@tiptap/core';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { KeptImages } from '../../images/kept-images';
import { Uploads } from '../../images/uploads';
import type { Session } from '../../session/session';
import { EditorHost } from '../host';
import { BODY, TEXT } from './format';
import { bindingKey } from './key';

/** What another app wrote: a mention in a paragraph, a video, a callout with paragraphs, a mark and an attribute. */
function foreignContent(doc: Y.Doc): void {
  const paragraph = new Y.XmlElement('paragraph');
  const mention = new Y.XmlElement('mention');
  mention.setAttribute('id', 'u1');
  mention.setAttribute('label', '@grace');
  paragraph.setAttribute('textAlign', 'center');
  const text = new Y.XmlText();
  text.applyDelta([{ insert: 'hello ' }, { insert: 'world', attributes: { sparkle: { color: 'red' } } }]);
  const video = new Y.XmlElement('youtube');
  video.setAttribute('src', 'https://video.example/1');
  const callout = filled('callout', [filled('paragraph', [new Y.XmlText('inside')])]);
  doc.transact(() => {
    doc.getXmlFragment(BODY).insert(0, [paragraph, video, callout]);
    paragraph.insert(0, [text, mention]);
  });
}

const away = { name: 'test', state: {} as Session['state'], subscribe: () => () => undefined, saved: () => new Promise<void>(() => undefined) };
const uploads = new Uploads({ session: away, kept: new KeptImages('test'), wanted: () => false, stored: () => false });
const hosts: EditorHost[] = [];
afterEach(() => {
  for (const host of hosts.splice(0)) host.destroy();
  document.body.replaceChildren();
});

function open(doc: Y.Doc): EditorHost {
  const element = document.createElement('div');
  document.body.append(element);
  const session = { doc, name: 'test', awareness: new Awareness(doc), composing: () => undefined, onRestored: () => () => undefined, onBeforeStep: () => () => undefined, onOverdue: () => () => undefined } as unknown as Session;
  const actions = { editLink: () => false, pickImage: () => undefined, find: () => undefined };
  const host = new EditorHost({ element, session, uploads, actions, mounted: () => undefined });
  host.setEditable(true);
  hosts.push(host);
  return host;
}

function meet(a: Y.Doc, b: Y.Doc): void {
  Y.applyUpdate(b, Y.encodeStateAsUpdate(a, Y.encodeStateVector(b)), 'line');
  Y.applyUpdate(a, Y.encodeStateAsUpdate(b, Y.encodeStateVector(a)), 'line');
}

function filled(name: string, children: (Y.XmlElement | Y.XmlText)[], attributes: Record<string, unknown> = {}): Y.XmlElement {
  const element = new Y.XmlElement(name);
  for (const [key, value] of Object.entries(attributes)) element.setAttribute(key, value as string);
  element.insert(0, children);
  return element;
}

const paragraph = (text: string) => filled('paragraph', [new Y.XmlText(text)]);

/** A text as earlier pages wrote it. */
function tree(): Y.Doc {
  const doc = new Y.Doc();
  const item = (...children: Y.XmlElement[]) => filled('listItem', children);
  const bold = new Y.XmlText();
  bold.applyDelta([{ insert: 'plain ' }, { insert: 'bold', attributes: { bold: {} } }]);
  const cell = (name: string, text: string) => filled(name, [paragraph(text)], { colspan: 1, rowspan: 1 });
  doc.getXmlFragment(BODY).insert(0, [
    filled('heading', [new Y.XmlText('Title')], { level: 2 }),
    filled('paragraph', [bold, new Y.XmlElement('hardBreak'), new Y.XmlText('next line')]),
    filled('bulletList', [item(paragraph('one'), filled('bulletList', [item(paragraph('inner'))])), item(paragraph('two'))]),
    filled('taskList', [filled('taskItem', [paragraph('done')], { checked: true })]),
    filled('codeBlock', [new Y.XmlText('a\n\nb')], { language: 'rust' }),
    new Y.XmlElement('horizontalRule'),
    filled('table', [filled('tableRow', [cell('tableHeader', 'h'), cell('tableHeader', 'i')]), filled('tableRow', [cell('tableCell', 'j'), cell('tableCell', 'k')])]),
  ]);
  return doc;
}

const SHOWN = [
  '<h2>Title</h2><p>plain <strong>bold</strong><br>next line</p>',
  '<ul><li><p>one</p><ul><li><p>inner</p></li></ul></li><li><p>two</p></li></ul>',
  'data-checked="true"', '<pre><code class="language-rust">a\n\nb</code></pre>', '<hr>', '<p>k</p>',
];

describe('a text that is still a tree', () => {
  // [P21]
  it('is shown as it is, and opening it writes nothing', () => {
    const doc = tree();
    let edits = 0;
    doc.on('update', () => (edits += 1));
    const { editor } = open(doc);
    for (const part of SHOWN) expect(editor.getHTML().replaceAll(' dir="auto"', '')).toContain(part);
    editor.commands.setTextSelection(3);
    expect(edits).toBe(0);
  });

  // [P114]
  it('has no cell that is larger than a page can draw, from the first look on', () => {
    const doc = new Y.Doc();
    doc.getXmlFragment(BODY).insert(0, [filled('table', [filled('tableRow', [filled('tableCell', [paragraph('wide')], { colspan: 1e7, rowspan: 1e7 })])])]);
    const { editor } = open(doc);
    expect(editor.state.doc.firstChild!.firstChild!.firstChild!.attrs).toMatchObject({ colspan: 1_000, rowspan: 1_000 });
  });

  // [P134]
  it('is shown though an attribute is a type of its own', () => {
    const doc = tree();
    const [heading, text] = [doc.getXmlFragment(BODY).get(0) as Y.XmlElement, doc.getXmlFragment(BODY).get(1) as Y.XmlElement];
    heading.setAttribute('x', new Y.Map() as never);
    text.insert(1, [new Y.XmlElement('mention')]);
    (text.get(1) as Y.XmlElement).setAttribute('label', new Y.Text('y') as never);
    const { editor } = open(doc);
    editor.commands.insertContentAt(1, 'My ');
    expect(editor.getText()).toContain('My Title');
  });

  it('becomes flat with the first edit, and loses nothing', () => {
    const doc = tree();
    const { editor } = open(doc);
    const before = editor.getHTML();
    editor.commands.insertContentAt(1, 'My ');
    expect(editor.getHTML()).toBe(before.replace('Title', 'My Title'));
    expect(open(doc).editor.getHTML()).toBe(editor.getHTML());
    expect(doc.getText(TEXT).length).toBeGreaterThan(0);
  });

  it('takes what another app embedded in its words along', () => {
    const doc = new Y.Doc();
    const words = new Y.XmlText('before ');
    words.insertEmbed(7, { formula: 'e=mc', size: [1, 2] });
    words.insert(8, ' behind');
    doc.getXmlFragment(BODY).insert(0, [filled('paragraph', [words])]);
    const { editor } = open(doc);
    editor!.commands.insertContentAt(1, 'X');
    expect(doc.getText(TEXT).toDelta()).toEqual([{ insert: expect.any(Y.Map) as unknown }, { insert: 'Xbefore ' }, { insert: { formula: 'e=mc', size: [1, 2] } }, { insert: ' behind' }]);
  });

  it('becomes flat once, when two make their first edit at the same time', () => {
    const a = tree();
    const b = new Y.Doc();
    meet(a, b);
    const [ada, bob] = [open(a).editor, open(b).editor];
    const before = ada.getHTML();
    ada.commands.insertContentAt(1, 'A');
    bob.commands.insertContentAt(6, 'B');
    meet(a, b);
    expect(ada.getHTML()).toBe(before.replace('Title', 'ATitleB'));
    expect(bob.getHTML()).toBe(ada.getHTML());
  });

  it('is there once, with what both typed, when two make it flat from different states of the tree', async () => {
    const a = tree();
    const [b, old] = [new Y.Doc(), new Y.Doc()];
    meet(a, b);
    meet(a, old);
    const [ada, bob] = [open(a).editor, open(b).editor];
    ((old.getXmlFragment(BODY).get(1) as Y.XmlElement).get(0) as Y.XmlText).insert(5, ' old');
    meet(old, b);
    ada.commands.insertContentAt(1, 'Ada ');
    bob.commands.insertContentAt(6, ' Bob');
    meet(a, b);
    await Promise.resolve();
    meet(a, b);
    expect(bob.getHTML()).toBe(ada.getHTML());
    for (const words of ['Title', 'Ada ', ' Bob', 'plain', ' old', 'next line', 'inner', 'done']) expect(ada.getText().split(words), words).toHaveLength(2);
  });

  it('is followed while others still write the tree, and their caret stays', () => {
    const doc = tree();
    const { editor } = open(doc);
    editor.commands.setTextSelection(4);
    (doc.getXmlFragment(BODY).get(1) as Y.XmlElement).insert(3, [new Y.XmlText(' more')]);
    expect(editor.getHTML()).toContain('next line more');
    expect(editor.state.selection.head).toBe(4);
  });

  it('is one again after a restore of a moment before', () => {
    const doc = tree();
    const { editor } = open(doc);
    const before = editor.getHTML();
    editor.commands.insertContentAt(1, 'My ');
    expect(editor.getHTML()).not.toBe(before);
    doc.transact(() => {
      doc.getText(TEXT).delete(0, doc.getText(TEXT).length);
      doc.getMap('format').clear();
    });
    expect(editor.getHTML()).toBe(before);
    editor.commands.insertContentAt(1, 'Our ');
    expect(editor.getHTML()).toBe(before.replace('Title', 'Our Title'));
    expect(open(doc).editor.getHTML()).toBe(editor.getHTML());
  });
});

// [P134]
describe('what an old page writes after the text became flat', () => {
  beforeEach(() => void vi.useFakeTimers());
  afterEach(() => void vi.useRealTimers());

  /** A text that is flat by now, and the tree that an old page has of it. */
  function both(): { ours: Y.Doc; old: Y.Doc; editor: Editor; arrive: () => void } {
    const ours = tree();
    const old = new Y.Doc();
    meet(ours, old);
    const { editor } = open(ours);
    editor.commands.insertContentAt(1, 'My ');
    const arrive = () => {
      meet(ours, old);
      vi.advanceTimersByTime(3_000);
      meet(ours, old);
    };
    return { ours, old, editor, arrive };
  }

  it('is brought over, next to what it was written behind, once', () => {
    const { ours, old, editor, arrive } = both();
    const second = new Y.Doc();
    meet(ours, second);
    const other = open(second).editor;
    const text = (old.getXmlFragment(BODY).get(1) as Y.XmlElement).get(0) as Y.XmlText;
    text.insert(5, ' old');
    old.getXmlFragment(BODY).insert(1, [paragraph('a new line')]);
    arrive();
    meet(ours, second);
    vi.advanceTimersByTime(3_000);
    meet(ours, second);
    expect(editor.getText({ blockSeparator: '|' })).toContain('My Title|a new line|plain old bold');
    expect(other.getText()).toBe(editor.getText());
    expect(editor.getText().split('a new line')).toHaveLength(2);
  });

  it('is brought over word by word, though what follows on is one item in the tree', () => {
    const { old, editor, arrive } = both();
    const text = (old.getXmlFragment(BODY).get(0) as Y.XmlElement).get(0) as Y.XmlText;
    for (const word of [' wo', 'rld', ' and', ' more']) {
      text.insert(text.length, word);
      arrive();
    }
    expect(editor.getText()).toMatch(/^My Title world and more\n/);
  });

  it('is brought over from who wrote the old text as well', () => {
    const old = tree();
    const ours = new Y.Doc();
    meet(ours, old);
    const { editor } = open(ours);
    editor.commands.insertContentAt(1, 'My ');
    const block = old.getXmlFragment(BODY).get(5 - 1) as Y.XmlElement;
    const text = block.get(0) as Y.XmlText;
    for (const word of [' wo', 'rld']) {
      text.insert(text.length, word);
      meet(ours, old);
      vi.advanceTimersByTime(3_000);
      meet(ours, old);
    }
    expect(editor.getText()).toContain('a\n\nb world');
  });

  it('is there once when two pages bring it over at the same time', async () => {
    const { ours, old, editor } = both();
    const second = new Y.Doc();
    meet(ours, second);
    const other = open(second).editor;
    ((old.getXmlFragment(BODY).get(1) as Y.XmlElement).get(0) as Y.XmlText).insert(5, ' old', { bold: {} });
    old.getXmlFragment(BODY).insert(1, [paragraph('a new line')]);
    meet(ours, old);
    meet(second, old);
    vi.advanceTimersByTime(3_000);
    meet(ours, second);
    // What is there twice is looked for when Yjs has told of it.
    await Promise.resolve();
    meet(ours, second);
    expect(other.getHTML()).toBe(editor.getHTML());
    expect(editor.getText({ blockSeparator: '|' })).toContain('My Title|a new line|plain old bold');
    expect(editor.getHTML()).toContain('plain<strong> old</strong> <strong>bold</strong>');
  });

  it('loses and doubles nothing when the old page changes structure', () => {
    const { old, editor, arrive } = both();
    const body = old.getXmlFragment(BODY);
    // What its binding makes of another kind, and of an Enter: a deletion and a copy.
    old.transact(() => {
      body.delete(0, 1);
      body.insert(0, [filled('heading', [new Y.XmlText('Title and more')], { level: 1 })]);
      ((body.get(1) as Y.XmlElement).get(0) as Y.XmlText).delete(3, 7);
      body.insert(2, [paragraph('in bold')]);
    });
    arrive();
    expect(editor.getText({ blockSeparator: '|' })).toMatch(/^Title and more\|My \|pla\nnext line\|in bold\|/);
    expect(editor.getHTML()).toContain('<h1 dir="auto">Title and more</h1>');
  });

  it('takes along whole paragraphs that the old page deletes', () => {
    const { old, editor, arrive } = both();
    const body = old.getXmlFragment(BODY);
    body.insert(1, ['first', 'second', 'third'].map(paragraph));
    arrive();
    const before = editor.state.doc.childCount;
    body.delete(1, 3);
    arrive();
    expect(editor.getText()).not.toMatch(/first|third/);
    expect(editor.state.doc.childCount).toBe(before - 3);
  });

  it('is what belongs to the text after a restore of both', () => {
    const { ours, old, editor, arrive } = both();
    const binding = bindingKey.getState(editor.state)!.binding;
    old.getXmlFragment(BODY).insert(0, [paragraph('restored with the text')]);
    meet(ours, old);
    binding.restored();
    arrive();
    expect(editor.getText()).not.toContain('restored with the text');
    old.getXmlFragment(BODY).insert(0, [paragraph('written later')]);
    arrive();
    expect(editor.getText()).toContain('written later');
  });
});

describe('content of another app', () => {
  // [P20]
  it('is shown by its name and stays as it is when the document opens', () => {
    const doc = new Y.Doc();
    foreignContent(doc);
    const state = Y.encodeStateVector(doc);
    const { editor } = open(doc);
    expect(Y.encodeStateVector(doc)).toEqual(state);
    for (const part of ['hello world', '@grace', 'youtube', 'inside']) expect(editor.getText()).toContain(part);
  });

  // [P20]
  it('stays when it is edited around', () => {
    const doc = new Y.Doc();
    foreignContent(doc);
    const { editor } = open(doc);
    editor.commands.insertContentAt(1, 'typed ');
    const delta = doc.getText(TEXT).toDelta() as { insert: unknown; attributes?: object }[];
    const maps = delta.flatMap(({ insert }) => (insert instanceof Y.Map ? [insert.toJSON()] : []));
    expect(maps).toEqual([
      { '.textAlign': 'center' },
      { inline: true, type: 'mention', '.id': 'u1', '.label': '@grace' },
      { type: 'youtube', '.src': 'https://video.example/1', leaf: true },
      { in: ['callout', expect.any(String)] },
    ]);
    expect(delta.find(({ insert }) => insert === 'world')?.attributes).toEqual({ sparkle: { color: 'red' } });
  });

  // [P21]
  it('is not completed in answer to what somebody else wrote', () => {
    const [theirs, ours] = [new Y.Doc(), new Y.Doc()];
    open(theirs).editor.commands.setContent('<table><tr><td><p>a</p></td><td><p>b</p></td></tr><tr><td><p>c</p></td><td><p>d</p></td></tr></table><p>see</p>');
    meet(theirs, ours);
    const { editor } = open(ours);
    let edits = 0;
    ours.on('update', (_update, origin) => (edits += origin === 'line' ? 0 : 1));
    // A row that is longer than the other, as it is left by a new row and a new column at the same time; an address with a space behind.
    const text = theirs.getText(TEXT);
    const last = (text.toDelta() as { insert: unknown }[]).map(({ insert }) => insert).filter((insert) => insert instanceof Y.Map).at(-2)!;
    const path = (last.get('in') as string[]).slice(0, 4);
    text.insertEmbed(text.length - 4, new Y.Map([['in', [...path, 'tableCell', 'another']]]));
    text.insert(text.length, ' https://example.org ');
    meet(theirs, ours);
    expect(editor.getText()).toContain('example.org');
    editor.commands.setTextSelection(5);
    expect(edits).toBe(0);
    // What is completed on the screen is not written with the next thing that happens here.
    expect(editor.state.doc.firstChild!.children.map((row) => row.childCount)).toEqual([3, 3]);
    editor.commands.insertContentAt(editor.state.doc.content.size - 1, '!');
    expect(edits).toBeGreaterThan(0);
    const marks = (ours.getText(TEXT).toDelta() as { insert: unknown }[]).filter(({ insert }) => insert instanceof Y.Map);
    expect(marks).toHaveLength(6);
  });

  // [P9]
  it('cannot be changed by a reader, whatever a plugin wants', () => {
    const doc = new Y.Doc();
    const host = open(doc);
    host.editor.commands.insertContent('text');
    host.setEditable(false);
    host.editor.commands.insertContent('more');
    expect(doc.getText(TEXT).toJSON()).toBe('text');
    host.editor.commands.undo();
    expect(doc.getText(TEXT).toJSON()).toBe('text');
  });
});
