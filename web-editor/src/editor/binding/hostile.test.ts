import { Editor } from '@tiptap/core';
import { afterEach, describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { contentExtensions } from '../editor';
import { CONTAINERS, FORMAT, MOVES, TEXT } from './format';
import { Together } from './together';

const editors: Editor[] = [];
afterEach(() => editors.splice(0).forEach((editor) => editor.destroy()));

function open(doc: Y.Doc): Editor {
  const element = document.createElement('div');
  document.body.append(element);
  const editor = new Editor({ element, extensions: [...contentExtensions('test'), Together.configure({ document: doc })] });
  editors.push(editor);
  return editor;
}

function random(seed: number): (below: number) => number {
  let state = seed * 7_919 + 1;
  return (below) => (state = (state * 1_103_515_245 + 12_345) % 2_147_483_648) % below;
}

/** Writes into a text what no page would. */
class Stranger {
  readonly #doc: Y.Doc;
  readonly #pick: (below: number) => number;

  constructor(doc: Y.Doc, seed: number) {
    this.#doc = doc;
    this.#pick = random(seed);
  }

  write(): void {
    const text = this.#doc.getText(TEXT);
    const at = this.#pick(text.length + 1);
    switch (this.#pick(9)) {
      case 0: return text.insert(at, this.#one(['x', 'two\nlines', 'é', '\ud800', '\u0000\u0001', ' '.repeat(5)]));
      case 1: return text.insertEmbed(at, this.#mark());
      // Of an app whose root of that name is a list.
      case 2: if (this.#pick(3) === 0) return Y.Array.prototype.insert.call(text as never, at, [1, 'two', { three: 3 }]);
        return text.insertEmbed(at, this.#one([{}, [1], { image: 'x' }, new Y.Array(), new Y.XmlElement('p'), new Y.Text('inner')]) as object);
      case 3: return text.length > 0 ? text.delete(Math.min(at, text.length - 1), 1 + this.#pick(Math.min(4, text.length - Math.min(at, text.length - 1)))) : undefined;
      case 4: return text.length > 1 ? text.format(0, 1 + this.#pick(text.length - 1), { [this.#one(['bold', 'link', 'code', 'unheard', 'constructor'])]: this.#value() }) : undefined;
      case 5: return this.#change();
      case 6: return void this.#doc.getMap(CONTAINERS).set(this.#one(['a.checked', 'b.colspan', 'c.start', 'a', '.x', 'a.constructor']), this.#value());
      case 7: return void this.#doc.getMap(MOVES).set(this.#one(['1-1', '2-0', '3-0', 'x', '-', '5-0']), this.#one([[1, 0, 3, 1], [1, 0, 1e15, 1], [1, 0, 40, 1e12], [1, 0, 3], 'x', [2, 1, 4, -1], [2, 0, 3, 2], [3, 0, 2, 1], null]));
      default: return void this.#doc.getMap(FORMAT).set(this.#one(['origins-1', 'origins-7', 'origins-x', 'known', 'text']), this.#one([[0, 1, 0, 1e15], [0, 1, 2, 3, 5, 1, 2, 3], ['x'], { 1: 2 }, this.#value()]));
    }
  }

  #mark(): Y.Map<unknown> {
    const entries: [string, unknown][] = [];
    if (this.#pick(3) > 0) entries.push(['type', this.#one(['heading', 'codeBlock', 'image', 'horizontalRule', 'table', 'doc', 'text', 'hardBreak', 'unheard', 'constructor', 7])]);
    if (this.#pick(2) > 0) entries.push(['in', this.#path()]);
    if (this.#pick(4) === 0) entries.push(['inline', this.#one([true, 'yes', 0])]);
    if (this.#pick(4) === 0) entries.push(['leaf', true]);
    entries.push([this.#one(['.level', '.language', '.src', '.', '.__proto__', '.width']), this.#value()]);
    return new Y.Map(entries);
  }

  #change(): void {
    const maps = (this.#doc.getText(TEXT).toDelta() as { insert: unknown }[]).map(({ insert }) => insert).filter((insert) => insert instanceof Y.Map);
    if (maps.length === 0) return;
    const map = maps[this.#pick(maps.length)]!;
    if (this.#pick(3) === 0) map.delete(this.#one(['type', 'in', 'inline', '.level']));
    else map.set(this.#one(['type', 'in', 'inline', '.level', 'leaf']), this.#one([...['paragraph', 'image', 'listItem'], this.#path(), true, this.#value()]));
  }

  #path(): unknown {
    const names = ['bulletList', 'listItem', 'table', 'tableRow', 'tableCell', 'blockquote', 'taskItem', 'unheard', 'paragraph', 'doc', '__proto__'];
    const path = Array.from({ length: this.#pick(5) }, () => [this.#one(names), this.#one(['a', 'b', 'c'])]).flat();
    return this.#one([path, path, path, [...path, 5], 'bulletList', null, Array.from({ length: 500 }, () => ['blockquote', 'a']).flat()]);
  }

  #value(): unknown {
    return this.#one<unknown>([null, true, 0, -1, 1e9, 'x', 'javascript:alert(1)', [], [1, [2]], {}, { a: { b: 1 } }, 'y'.repeat(300)]);
  }

  #one<T>(list: readonly T[]): T {
    return list[this.#pick(list.length)]!;
  }
}

const json = (editor: Editor) => JSON.stringify(editor.getJSON());

// [P20] [P125] [P130]
describe('whatever strangers write', () => {
  it.each(Array.from({ length: 60 }, (_, seed) => seed))('is a text that can be edited, the same for all (seed %i)', (seed) => {
    const [ours, theirs, eve] = [new Y.Doc(), new Y.Doc(), new Y.Doc()];
    [ours, theirs, eve].forEach((doc, index) => (doc.clientID = index + 1));
    const meet = () => {
      for (const from of [ours, theirs, eve]) for (const to of [ours, theirs, eve]) if (from !== to) Y.applyUpdate(to, Y.encodeStateAsUpdate(from, Y.encodeStateVector(to)), 'line');
    };
    const [ada, bob] = [open(ours), open(theirs)];
    ada.commands.setContent('<p>one</p><ul><li><p>two</p></li></ul><table><tr><td><p>three</p></td></tr></table>');
    meet();
    const stranger = new Stranger(eve, seed);
    const pick = random(seed + 1_000);
    for (let round = 0; round < 25; round += 1) {
      eve.transact(() => stranger.write());
      for (const editor of [ada, bob]) {
        if (pick(3) > 0) continue;
        editor.commands.setTextSelection(1 + pick(editor.state.doc.content.size));
        if (pick(2) === 0) editor.commands.insertContent('w');
        else editor.commands.toggleBulletList();
      }
      if (pick(2) === 0) meet();
    }
    for (let left = 4; left > 0; left -= 1) meet();
    for (const editor of [ada, bob]) editor.state.doc.check();
    expect(json(bob)).toBe(json(ada));
    expect(json(open(eve))).toBe(json(ada));
  });
});
