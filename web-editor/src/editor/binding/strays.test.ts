import { Editor } from '@tiptap/core';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { contentExtensions } from '../editor';
import { Bulk } from './bulk';
import { stopCapturing } from './key';
import { Together } from './together';

const editors: Editor[] = [];
afterEach(() => {
  editors.splice(0).forEach((editor) => editor.destroy());
  vi.useRealTimers();
});

/** Somebody with a page. */
class Person {
  readonly doc = new Y.Doc();
  readonly editor: Editor;

  constructor(client: number, from: Person | null = null) {
    this.doc.clientID = client;
    if (from) this.hear(from);
    const element = document.createElement('div');
    document.body.append(element);
    this.editor = new Editor({ element, extensions: [...contentExtensions('test'), Together.configure({ document: this.doc }), Bulk] });
    editors.push(this.editor);
  }

  hear({ doc }: Person): void {
    Y.applyUpdate(this.doc, Y.encodeStateAsUpdate(doc, Y.encodeStateVector(this.doc)), 'line');
  }

  get shown(): string {
    return this.editor.getHTML().replaceAll(' dir="auto"', '');
  }

  /** The position behind some text. */
  behind(text: string): number {
    let found = -1;
    this.editor.state.doc.descendants((node, position) => {
      const at = node.isText ? node.text!.indexOf(text) : -1;
      if (at >= 0) found = position + at + text.length;
    });
    return found;
  }

  type(text: string, behind: string): this {
    this.editor.chain().setTextSelection(this.behind(behind)).insertContent(text).run();
    return this;
  }

  /** Takes the top block with some text to the front, as by dragging it. */
  moveBlock(text: string): this {
    const { state, view } = this.editor;
    const place = state.doc.resolve(this.behind(text));
    const node = place.node(1);
    const tr = state.tr.delete(place.before(1), place.after(1));
    view.dispatch(tr.insert(0, node).setMeta('uiEvent', 'drop'));
    return this;
  }

  /** Takes words to the front of the text. */
  moveWords(text: string): this {
    const { state, view } = this.editor;
    const end = this.behind(text);
    const slice = state.doc.slice(end - text.length, end);
    view.dispatch(state.tr.delete(end - text.length, end).replaceRange(1, 1, slice).setMeta('uiEvent', 'drop'));
    return this;
  }
}

/** All hear of each other until nothing is new. */
async function meet(...people: Person[]): Promise<string> {
  const state = () => people.map(({ doc }) => [...Y.encodeStateVector(doc)].join()).join(' ');
  for (let rounds = 0, before = ''; before !== state(); rounds += 1) {
    if (rounds > 20) throw new Error('They do not come to an end.');
    before = state();
    for (const one of people) for (const other of people) if (one !== other) one.hear(other);
    await Promise.resolve();
  }
  for (const { shown } of people) expect(shown).toBe(people[0]!.shown);
  return people[0]!.shown;
}

async function two(text: string): Promise<[Person, Person]> {
  const a = new Person(1);
  a.editor.commands.setContent(text);
  const b = new Person(2, a);
  await meet(a, b);
  return [a, b];
}

// [P135]
describe('what is written into a block while somebody moves it', () => {
  it.each([
    ['within a word', 'tw', '<p>twXYo</p><p>one</p>'],
    ['at its end', 'two', '<p>twoXY</p><p>one</p>'],
  ])('goes along, %s', async (_where, behind, expected) => {
    const [a, b] = await two('<p>one</p><p>two</p>');
    a.moveBlock('two');
    b.type('X', behind).type('Y', 'X');
    expect(await meet(a, b)).toBe(expected);
    b.editor.commands.insertContent('Z');
    expect(await meet(a, b)).toBe(expected.replace('Y', 'YZ'));
  });

  it('goes along with its formats, line breaks and Enters', async () => {
    const [a, b] = await two('<p>one</p><p><strong>two</strong></p>');
    a.moveBlock('two');
    b.editor.chain().setTextSelection(b.behind('tw')).setHardBreak().insertContent('X').run();
    b.editor.chain().setTextSelection(b.behind('X')).splitBlock().run();
    const written = b.shown.replace('<p>one</p>', '');
    expect(written).toMatch(/^<p><strong>tw.*<br>.*X<.*<p><strong>o</);
    expect(await meet(a, b)).toBe(`${written}<p>one</p>`);
  });

  it('goes along with an item of a list that became two', async () => {
    const [a, b] = await two('<p>one</p><ul><li><p>two</p></li></ul>');
    a.moveBlock('two');
    b.editor.chain().setTextSelection(b.behind('tw')).splitListItem('listItem').run();
    expect(await meet(a, b)).toBe('<ul><li><p>tw</p></li><li><p>o</p></li></ul><p>one</p>');
  });

  it('is there once when two move it', async () => {
    const [a, b] = await two('<p>one</p><p>two</p><p>three</p>');
    const c = new Person(3, a);
    a.moveBlock('two');
    c.moveBlock('two');
    b.type('X', 'tw');
    expect(await meet(a, b, c)).toBe('<p>twXo</p><p>one</p><p>three</p>');
  });

  it('goes along when the move is taken back', async () => {
    const [a, b] = await two('<p>one</p><p>two</p><p>three</p>');
    stopCapturing(a.editor.state);
    a.moveBlock('two');
    await meet(a, b);
    b.type('X', 'tw');
    a.editor.commands.undo();
    expect(await meet(a, b)).toBe('<p>one</p><p>twXo</p><p>three</p>');
  });

  it('goes along though its author left, once somebody has the page open', async () => {
    vi.useFakeTimers();
    const [a, b] = await two('<p>one</p><p>two</p>');
    a.moveBlock('two');
    b.type('X', 'tw');
    b.editor.destroy();
    a.hear(b);
    const c = new Person(3, a);
    await vi.runAllTimersAsync();
    expect(c.shown).toBe('<p>twXo</p><p>one</p>');
  });
});

// [P131] [P135]
describe('what is taken back', () => {
  it.each([
    ['before somebody moved it', true],
    ['while somebody moved it', false],
  ])('is what was written %s, wherever it is', async (_when, known) => {
    const [a, b] = await two('<p>one</p><p>two</p>');
    b.type('X', 'tw');
    if (known) await meet(a, b);
    a.moveBlock(known ? 'twX' : 'two');
    expect(await meet(a, b)).toBe('<p>twXo</p><p>one</p>');
    b.editor.commands.undo();
    expect(await meet(a, b)).toBe('<p>two</p><p>one</p>');
    b.editor.commands.redo();
    expect(await meet(a, b)).toBe('<p>twXo</p><p>one</p>');
  });
});

// [P135]
describe('what stays where it is', () => {
  it('is what the mover knew and left', async () => {
    const [a, b] = await two('<p>one two three</p>');
    b.type('X', 'two');
    await meet(a, b);
    a.moveWords('two');
    expect(await meet(a, b)).toBe('<p>twoone X three</p>');
  });

  it('is what was written where the block had been', async () => {
    const [a, b] = await two('<p>one</p><p>two</p><p>three</p>');
    a.moveBlock('two');
    await meet(a, b);
    b.type('X', 'one');
    expect(await meet(a, b)).toBe('<p>two</p><p>oneX</p><p>three</p>');
    const c = new Person(3, a);
    expect(await meet(a, b, c)).toBe('<p>two</p><p>oneX</p><p>three</p>');
  });

  it('is the block that somebody began behind it', async () => {
    const [a, b] = await two('<p>one</p><p>two</p><p>three</p>');
    a.moveBlock('two');
    b.editor.chain().setTextSelection(b.behind('two')).splitBlock().insertContent('X').run();
    expect(await meet(a, b)).toBe('<p>two</p><p>one</p><p>X</p><p>three</p>');
  });
});

// [P135]
it('comes to an end when all move the same words and write into them', async () => {
  const a = new Person(1);
  a.editor.commands.setContent('<p>one two three four</p><p>five</p>');
  const people = [a, new Person(2, a), new Person(3, a)];
  await meet(...people);
  people.forEach((person, at) => person.moveWords(['two', 'two three', 'e t'][at]!).type(`<${at}>`, 'w'));
  const shown = await meet(...people);
  for (const word of ['&lt;0&gt;', '&lt;1&gt;', '&lt;2&gt;', 'four', 'five']) expect(shown.split(word)).toHaveLength(2);
});
