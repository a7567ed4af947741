import { describe, expect, it } from 'vitest';
import * as Y from 'yjs';
import { ownSchema } from '../editor/editor';
import { hashes } from './copy';
import { Blame } from './blame';
import { Film } from './film';
import { Writers } from './people';
import { TextNodes, type Built, type Change } from './text-nodes';

const schema = ownSchema();

interface Marked {
  type?: string;
  in?: string[];
  [attribute: `.${string}`]: unknown;
}

const markOf = (entries: object): Y.Map<unknown> => new Y.Map(Object.entries(entries));
const item = (list: string, id: string, name = 'bulletList') => [name, list, 'listItem', id];

/** Writes blocks at the end: the words of each behind its mark. */
function write(doc: Y.Doc, ...blocks: [Marked, string][]): void {
  const text = doc.getText('text');
  doc.transact(() => {
    doc.getMap('format').set('text', 1);
    const inserted = blocks.flatMap(([entries, words]) => [{ insert: markOf(entries) }, ...(words === '' ? [] : [{ insert: words }])]);
    text.applyDelta(text.length > 0 ? [{ retain: text.length }, ...inserted] : inserted);
  });
}

function paragraph(words: string, name = 'paragraph'): Y.XmlElement {
  const element = new Y.XmlElement(name);
  element.insert(0, [new Y.XmlText(words)]);
  return element;
}

function copyOf(doc: Y.Doc): Y.Doc {
  const copy = new Y.Doc({ gc: false });
  Y.applyUpdate(copy, Y.encodeStateAsUpdate(doc));
  return copy;
}

/** Two people on one text, and what is told of it since `begin` was called. */
function two() {
  const film = new Film();
  const [ada, bob] = [new Y.Doc({ gc: false }), new Y.Doc({ gc: false })];
  [ada.clientID, bob.clientID] = [1, 2];
  const writers = new Writers([{ client: 1, user: 'ada', name: 'Ada', color: '#2563eb' }, { client: 2, user: 'bob', name: 'Bob', color: '#dc2626' }]);
  for (const [doc, other, user] of [[ada, bob, 'ada'], [bob, ada, 'bob']] as const) {
    doc.on('update', (update: Uint8Array, origin: unknown) => {
      if (origin === 'remote') return;
      film.add(film.count, writers.of(user, update), update);
      Y.applyUpdate(other, update, 'remote');
    });
  }
  let [from, before] = [0, copyOf(ada)];
  const begin = () => ([from, before] = [film.count, copyOf(ada)]);
  const built = (): Built => {
    const blame = new Blame(film, writers, from, film.count);
    return new TextNodes(schema).build(ada, { before, inserted: (c, k) => blame.inserted(c, k), deleted: (c, k) => blame.deleted(c, k) });
  };
  const told = ({ doc, changes } = built()) => {
    doc.check();
    const one = ({ kind, from: start, to, who, block }: Change) => `${kind} ${block ? `<${doc.nodeAt(start)!.type.name}> ` : ''}${doc.textBetween(start, to, '|')} by ${writers.get(who).name}`;
    return changes.map(one).sort();
  };
  return { ada, bob, begin, built, told };
}

const find = (doc: Y.Doc, words: string) => {
  // Marks have no letters, and a place each.
  const letters = doc.getText('text').toDelta().map(({ insert }: { insert: unknown }) => (typeof insert === 'string' ? insert : '\0')).join('');
  return letters.indexOf(words);
};
const textOf = (doc: Y.Doc) => doc.getText('text');
const shown = (doc: Y.Doc) => new TextNodes(schema).build(doc, null).doc;
const words = (doc: Y.Doc) => shown(doc).textBetween(0, shown(doc).content.size, '|');

describe('the past of a flat text', () => {
  // [T35]
  it('shows who inserted and who deleted which letters', () => {
    const { ada, bob, begin, told, built } = two();
    write(ada, [{}, 'one long two three'], [{}, 'second']);
    textOf(ada).delete(find(ada, 'long '), 5);
    begin();
    textOf(bob).delete(find(bob, 'two '), 4);
    textOf(ada).insert(find(ada, 'one ') + 4, 'new ');
    textOf(bob).insert(find(bob, 'second'), 'x');
    textOf(bob).delete(find(bob, 'xsecond'), 1);
    expect(told()).toEqual(['delete two  by Bob', 'insert new  by Ada']);
    expect(built().doc.textContent).toBe('one two new threesecond');
    expect(words(ada)).toBe('one new three|second');
  });

  // [T35] [T52]
  it('shows blocks that are new, gone, joined to the one before, and of another kind', () => {
    const { ada, bob, begin, told, built } = two();
    write(ada, [{}, 'first'], [{}, 'gone'], [{}, 'joined'], [{}, 'kind'], [{ in: item('a', '1') }, 'i1'], [{ in: item('a', '2') }, 'i2'], [{}, 'last']);
    begin();
    textOf(bob).delete(find(bob, 'gone') - 1, 5);
    textOf(bob).delete(find(bob, 'joined') - 1, 1);
    const kind = textOf(bob).toDelta().map(({ insert }: { insert: unknown }) => insert).filter((insert: unknown) => insert instanceof Y.Map)[1] as Y.Map<unknown>;
    kind.set('type', 'heading');
    textOf(ada).delete(find(ada, 'i1') - 1, 6);
    write(ada, [{ in: item('n', '1', 'orderedList') }, 'n1'], [{ in: item('n', '2', 'orderedList') }, 'n2']);
    expect(told()).toEqual([
      'change <heading> kind by Bob', 'change <paragraph> joined by Bob', 'delete <bulletList> i1|i2 by Ada', 'delete <paragraph> gone by Bob',
      'delete gone by Bob', 'delete i1 by Ada', 'delete i2 by Ada', 'insert <orderedList> n1|n2 by Ada', 'insert n1 by Ada', 'insert n2 by Ada',
    ].sort());
    expect(built().doc.firstChild!.textContent, 'in its place').toBe('first');
    expect(words(ada)).toBe('firstjoined|kind|last|n1|n2');
  });

  // [T52]
  it('shows what was deleted as it was, whatever became of it before', () => {
    const { ada, begin, built } = two();
    write(ada, [{}, 'stays'], [{ type: 'heading', '.level': 3 }, 'title'], [{ type: 'image', '.blob': 'x', in: ['blockquote', 'q'] }, '']);
    ada.getMap('containers').set('t.checked', true);
    write(ada, [{ in: ['taskList', 'l', 'taskItem', 't'] }, 'done']);
    begin();
    ada.getMap('containers').delete('t.checked');
    textOf(ada).delete(find(ada, 'title') - 1, textOf(ada).length - find(ada, 'title') + 1);
    const { doc } = built();
    expect(doc.children.map(({ type }) => type.name)).toEqual(['paragraph', 'heading', 'blockquote', 'taskList']);
    expect([doc.child(1).attrs.level, doc.child(2).firstChild!.attrs.blob, doc.child(3).firstChild!.attrs.checked]).toEqual([3, 'x', true]);
  });

  // [T52]
  it('is not another block for being in another container of the same kind', () => {
    const { ada, begin, told } = two();
    write(ada, [{ in: item('a', '1') }, 'x']);
    begin();
    (textOf(ada).toDelta()[0].insert as Y.Map<unknown>).set('in', item('b', '2'));
    expect(told()).toEqual([]);
  });

  // [T36]
  it('shows letters before any mark, atoms, and what the page does not know', () => {
    const doc = new Y.Doc({ gc: false });
    textOf(doc).insert(0, 'loose\nline');
    expect(shown(doc).toString()).toBe('doc(paragraph("loose", hardBreak, "line"))');
    write(doc, [{ type: 'chart' }, ''], [{ type: 'chart', in: ['callout', 'c', 'blockquote', 'd'] }, 'inside'], [{ type: 'codeBlock', '.language': 7 }, 'a\nb']);
    textOf(doc).insertEmbed(textOf(doc).length, markOf({ inline: true, type: 'mention', '.label': 'x' }));
    textOf(doc).insertEmbed(textOf(doc).length, markOf({ inline: true, type: 'hardBreak' }));
    textOf(doc).insertEmbed(textOf(doc).length, { image: 'x' });
    const before = Y.encodeStateAsUpdate(doc);
    shown(doc).check();
    expect(shown(doc).toString()).toBe('doc(paragraph("loose", hardBreak, "line"), paragraph("[chart]"), blockquote(paragraph("inside")), codeBlock("a\\nb[mention]\\n"))');
    expect(Y.encodeStateAsUpdate(doc)).toEqual(before);
    expect(shown(new Y.Doc()).toString()).toBe('doc(paragraph)');
  });
});

/** Reproducible. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * below);
  };
}

const STRANGE: (() => unknown)[] = [
  () => markOf({}), () => markOf({ type: 7, in: 'x', '.level': {} }), () => markOf({ in: [1, 2], inline: 'yes', '.__proto__': { a: 1 } }), () => new Y.Array(), () => new Y.XmlElement('p'),
  () => new Y.Text('nested'), () => markOf({ type: '__proto__', in: ['constructor', 'x', 'doc', 'y', 'listItem', 'z'] }), () => markOf({ type: 'image', '.blob': new Uint8Array(3), '.width': 'x' }),
  () => markOf({ inline: true, type: 'paragraph' }), () => markOf({ inline: true }), () => ({ any: 'thing' }), () => markOf({ type: 'heading', '.level': 1e9, in: Array(500).fill('blockquote') }),
  () => markOf({ in: ['table', 't', 'tableRow', 'r', 'tableCell', 'c'] }), () => markOf({ in: item('a', '1') }), () => markOf({ type: new Y.Map(), '.x': new Y.Text('y') }),
];

/** One of the things that anybody may do to a text. */
function edit(doc: Y.Doc, pick: (below: number) => number): void {
  const text = textOf(doc);
  const at = pick(text.length + 1);
  const length = Math.min(pick(6), text.length - at);
  const marks = [{ bold: {} }, { bold: null }, { code: {} }, { 'link--abcdefgh': { href: {} } }, { link: { href: 'https://example.org', target: 5 } }, { unheard: { x: 1 } }];
  const embed = () => text.insertEmbed(at, STRANGE[pick(STRANGE.length)]!() as Y.AbstractType<unknown>);
  const change = () => {
    const types = (text.toDelta() as { insert: unknown }[]).flatMap(({ insert }) => (insert instanceof Y.Map ? [insert as Y.Map<unknown>] : []));
    const keys: [string, unknown][] = [['type', 'heading'], ['inline', true], ['inline', false], ['in', item('a', '2')], ['.level', 2]];
    if (types.length > 0) types[pick(types.length)]!.set(...keys[pick(keys.length)]!);
  };
  [() => text.insert(at, 'word '), () => text.insert(at, '👍\n'), () => text.delete(at, length), () => text.format(at, length, marks[pick(marks.length)]!), embed, change,
    () => doc.getMap('containers').set(['a.start', 'c.colspan', 'a.1.checked', 'x', '.', ''][pick(6)]!, [5, 'x', null, [1], 1e12][pick(5)])][pick(7)]!();
}

describe('any flat text', () => {
  // [T36] [T52]
  it.each(Array.from({ length: 30 }, (_, seed) => seed))('is a document, and shown again as it would be shown at first (seed %i)', (seed) => {
    const pick = random(seed * 104_729 + 7);
    const doc = new Y.Doc({ gc: false });
    const nodes = new TextNodes(schema);
    const states = [copyOf(doc)];
    for (let round = 0; round < 25; round += 1) {
      doc.transact(() => Array.from({ length: 1 + pick(5) }, () => edit(doc, pick)));
      const again = nodes.build(doc, null).doc;
      again.check();
      expect(again.eq(shown(doc)), `round ${round}`).toBe(true);
      if (round % 5 === 0) states.push(copyOf(doc));
      const before = states[pick(states.length)]!;
      const { doc: compared, changes } = nodes.build(doc, { before, inserted: () => 1, deleted: () => 2 });
      compared.check();
      for (const { from, to, block } of changes) {
        expect(from).toBeLessThan(to);
        if (block) expect(compared.nodeAt(from)!.nodeSize).toBe(to - from);
        else expect(compared.resolve(from).parent).toBe(compared.resolve(to).parent);
      }
    }
    for (const state of states) state.destroy();
  });

  // [T52]
  it('of 20,000 blocks is shown again in a few milliseconds after each step of a player', () => {
    const doc = new Y.Doc({ gc: false });
    write(doc, ...Array.from({ length: 20_000 }, (_, at): [Marked, string] => [at % 4 === 0 ? { in: item(`l${at >> 4}`, `${at}`) } : {}, `paragraph ${at} of a long text`]));
    const nodes = new TextNodes(schema);
    const first = nodes.build(doc, null).doc;
    const times: number[] = [];
    for (let step = 0; step < 20; step += 1) {
      doc.transact(() => Array.from({ length: 50 }, (_, at) => textOf(doc).insert(1 + ((step * 1_009 + at * 7_919) % (textOf(doc).length - 1)), 'x')));
      const start = performance.now();
      nodes.build(doc, null);
      times.push(performance.now() - start);
    }
    const last = nodes.build(doc, null).doc;
    let same = 0;
    last.forEach((node, _offset, at) => (same += Number(node === first.maybeChild(at))));
    times.sort((a, b) => a - b);
    console.log(`20,000 blocks, 50 updates a step: ${times[10]!.toFixed(1)} ms (middle), ${times.at(-1)!.toFixed(1)} ms (most)`);
    expect(same, 'most are the same nodes').toBeGreaterThan(first.childCount * 0.9);
  }, 60_000);
});

/** The same words, as a tree and flat. */
function forms(): [Y.Doc, Y.Doc] {
  const old = new Y.Doc({ gc: false });
  const list = new Y.XmlElement('bulletList');
  const row = (text: string) => {
    const entry = new Y.XmlElement('listItem');
    entry.insert(0, [paragraph(text)]);
    return entry;
  };
  list.insert(0, [row('one'), row('two')]);
  old.getXmlFragment('body').insert(0, [paragraph('Title', 'heading'), paragraph('a paragraph with words'), paragraph(''), list, paragraph('')]);
  const now = copyOf(old);
  write(now, [{ type: 'heading', '.level': 1 }, 'Title'], [{}, 'a paragraph with words'], [{}, ''], [{ in: item('a', '1') }, 'one'], [{ in: item('a', '2') }, 'two'], [{}, '']);
  return [old, now];
}

const compared = (doc: Y.Doc, before: Y.Doc) => {
  const { doc: built, changes } = new TextNodes(schema).build(doc, { before, inserted: (client) => client, deleted: () => 0 });
  built.check();
  return changes.map(({ kind, from, to, block, who }) => `${kind} ${block ? `<${built.nodeAt(from)!.type.name}> ` : ''}${built.textBetween(from, to, '|')}${kind === 'insert' && who === doc.clientID ? ' by me' : ''}`).sort();
};

// [T53]
describe('the moment at which a text became flat', () => {
  it('is no change of its own, in either direction', () => {
    const [old, now] = forms();
    expect(compared(now, old)).toEqual([]);
    expect(compared(old, now)).toEqual([]);
  });

  it('shows beside it only what was written', () => {
    const [old, now] = forms();
    now.clientID = 77;
    textOf(now).insert(find(now, 'with'), 'full ');
    textOf(now).delete(find(now, 'two'), 3);
    textOf(now).insert(textOf(now).length - 1, 'x');
    textOf(now).insertEmbed(find(now, 'Title') - 1, markOf({}));
    textOf(now).insert(1, 'a new beginning');
    expect(compared(now, old)).toEqual(['delete <paragraph> two', 'delete two', 'insert <paragraph> a new beginning by me', 'insert <paragraph> x by me', 'insert a new beginning by me', 'insert full  by me', 'insert x by me']);
  });

  it('is found in a text of many blocks', () => {
    const [old, now] = [new Y.Doc({ gc: false }), new Y.Doc({ gc: false })];
    const blocks = Array.from({ length: 3_000 }, (_, at) => (at % 3 === 0 ? '' : at % 7 === 0 ? 'again and again' : `paragraph ${at}`));
    old.getXmlFragment('body').insert(0, blocks.map((text) => paragraph(text)));
    write(now, ...blocks.filter((_, at) => at !== 1_000).map((text): [Marked, string] => [{}, text]));
    expect(compared(now, old)).toEqual(['delete <paragraph> paragraph 1000', 'delete paragraph 1000']);
  });
});

// [T43]
it('a copy finds the images of both forms', () => {
  const doc = new Y.Doc();
  const [one, other] = ['a'.repeat(64), 'b'.repeat(64)];
  const image = new Y.XmlElement('image');
  image.setAttribute('blob', one);
  doc.getXmlFragment('body').insert(0, [image]);
  write(doc, [{ type: 'image', '.blob': other }, ''], [{ type: 'image', '.blob': 'no hash' }, '']);
  textOf(doc).insert(0, 'text');
  expect(hashes(doc)).toEqual([one, other]);
});
