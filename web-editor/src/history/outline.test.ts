import { getSchema, Node } from '@tiptap/core';
import type { Node as ProseNode } from '@tiptap/pm/model';
import { describe, expect, it } from 'vitest';
import { contentExtensions, ownSchema } from '../editor/editor';
import { Outline, outline, pathIn, type Attributes, type Block } from './outline';

const schema = ownSchema();

function block(words: string, path: string[] = [], type = 'paragraph', attributes: Attributes | null = null): Block {
  return { type, in: path, attributes, content: words === '' ? [] : [schema.text(words)] };
}

/** "bulletList(listItem(paragraph "one"))" */
function told(node: ProseNode): string {
  if (node.isText) return JSON.stringify(node.text);
  const inside: string[] = [];
  node.forEach((child) => inside.push(told(child)));
  return inside.length === 0 ? node.type.name : `${node.type.name}(${inside.join(' ')})`;
}

const shown = (...blocks: Block[]) => {
  const { doc } = outline(schema, blocks);
  doc.check();
  return told(doc).slice('doc('.length, -1);
};

// [P125]
describe('blocks that name the same containers', () => {
  it('are in them together', () => {
    const one = ['bulletList', 'a', 'listItem', '1'];
    expect(shown(block('Title', [], 'heading'), block('one', one), block('more', one), block('deep', [...one, 'orderedList', 'x', 'listItem', 'y']), block('two', ['bulletList', 'a', 'listItem', '2']), block('b', ['bulletList', 'b', 'listItem', '1']))).toBe(
      'heading("Title") bulletList(listItem(paragraph("one") paragraph("more") orderedList(listItem(paragraph("deep")))) listItem(paragraph("two"))) bulletList(listItem(paragraph("b")))',
    );
  });

  it('have the attributes they and their containers are given', () => {
    const cell = (row: string, id: string) => ['table', 't', 'tableRow', row, 'tableCell', id];
    const attributes: Record<string, Attributes> = { c1: { colspan: 2, rowspan: 'x', colwidth: [80, 90], evil: 1 }, c2: { colspan: 1e9 } };
    const { doc } = outline(schema, [block('a', cell('r1', 'c1')), block('b', cell('r2', 'c2')), block('h', [], 'heading', { level: 3 }), block('i', [], 'heading', { level: 1e9 })], (id) => attributes[id] ?? null);
    const cells = doc.firstChild!;
    expect(cells.child(0).child(0).attrs).toMatchObject({ colspan: 2, rowspan: 1, colwidth: [80, 90] });
    expect(cells.child(1).child(0).attrs.colspan, 'no page can draw more').toBe(1_000);
    expect([doc.child(1).attrs.level, doc.child(2).attrs.level]).toEqual([3, 1]);
  });

  it('are nothing but an empty paragraph where there are none', () => {
    expect(shown()).toBe('paragraph');
  });
});

// [P125]
describe('what does not fit', () => {
  it('is completed and wrapped', () => {
    expect(shown(block('', ['bulletList', 'a', 'listItem', '1'], 'image'))).toBe('bulletList(listItem(paragraph image))');
    expect(shown(block('x', ['bulletList', 'a']), block('', ['bulletList', 'a'], 'image'))).toBe('bulletList(listItem(paragraph("x")) listItem(paragraph image))');
    expect(shown(block('x', ['table', 'a']))).toBe('table(tableRow(tableCell(paragraph("x"))))');
    expect(shown(block('x', ['tableRow', 'a', 'tableRow', 'b']))).toBe('table(tableRow(tableCell(table(tableRow(tableCell(paragraph("x")))))))');
    expect(shown(block('x', ['taskItem', 'a', 'listItem', 'b']))).toBe('taskList(taskItem(paragraph bulletList(listItem(paragraph("x")))))');
  });

  it('is a paragraph of its text, in the containers that are known', () => {
    expect(shown(block('x', ['callout', 'a', 'blockquote', 'b', 'constructor', 'c', 'paragraph', 'd', 'doc', 'e'], 'chart'))).toBe('blockquote(paragraph("x"))');
    for (const type of ['doc', 'text', 'hardBreak', 'listItem', 'bulletList', 'toString', '']) expect(shown(block('x', [], type))).toBe('paragraph("x")');
    expect(shown(block('below', ['blockquote', 'a'], 'horizontalRule'))).toBe('blockquote(horizontalRule paragraph("below"))');
  });

  it('keeps every letter one position wide', () => {
    const { hardBreak, text: _text } = schema.nodes;
    const bold = schema.mark('bold');
    const mixed = { type: 'codeBlock', in: [], attributes: null, content: [schema.text('a', [bold]), hardBreak!.create(), schema.text('b')] };
    expect(shown(mixed)).toBe('codeBlock("a\\nb")');
    expect(shown(block('a\nb\n', [], 'paragraph'))).toBe('paragraph("a" hardBreak "b" hardBreak)');
    const both = { ...block(''), content: [schema.text('x', [schema.mark('bold'), schema.mark('code')])] };
    expect(outline(schema, [both]).doc.textBetween(0, 3)).toBe('x');
    outline(schema, [both]).doc.check();
  });

  it('is no path', () => {
    for (const value of [null, 7, 'x', {}, ['a'], [1, 2], [null, null]]) expect(pathIn(value)).toEqual([]);
    expect(pathIn(['a', 'b', 'c', 5, 'd', 'e'])).toEqual(['a', 'b']);
    expect(pathIn(Array(10_000).fill('x'))).toHaveLength(200);
  });

  it('is no table of more cells than anybody can draw', () => {
    const wide = Array.from({ length: 4_000 }, (_, at) => block('', ['table', 't', 'tableRow', 'r', 'tableCell', `w${at}`]));
    const high = Array.from({ length: 4_000 }, (_, at) => block('', ['table', 't', 'tableRow', `r${at}`, 'tableCell', `h${at}`]));
    const { doc } = outline(schema, [...wide, ...high]);
    doc.check();
    expect(doc.childCount, 'every row by itself').toBe(4_001);
  });
});

// [P125]
describe('where a block is', () => {
  it('is told for each, and what nobody wrote is a filler', () => {
    const blocks = [block('one', ['bulletList', 'a', 'listItem', '1']), block('below', ['bulletList', 'a', 'listItem', '2'], 'image'), block('', [], 'codeBlock')];
    const building = new Outline(schema);
    const { doc, places } = building.build(blocks);
    const { nodes, texts } = places();
    expect([...nodes].map((at) => doc.nodeAt(at)!.type.name)).toEqual(['paragraph', 'image', 'codeBlock']);
    expect([...texts].map((at) => doc.resolve(at).parent.textContent)).toEqual(['one', 'below', '']);
    const fillers: string[] = [];
    doc.descendants((node) => void (building.isFiller(node) && fillers.push(node.type.name)));
    expect(fillers).toEqual(['paragraph']);
    expect(building.isFiller(building.build([]).doc.firstChild!)).toBe(true);
  });

  it('stays the same node while nothing of it changes', () => {
    const list = (id: string) => [block(`${id}1`, ['bulletList', id, 'listItem', `${id}1`]), block(`${id}2`, ['bulletList', id, 'listItem', `${id}2`])];
    const [a, b, c] = [list('a'), list('b'), block('c')];
    const building = new Outline(schema);
    const first = building.build([...a, ...b, c]).doc;
    const second = building.build([...a, { ...b[0]!, content: [schema.text('b1')] }, { ...b[1]! }, c]).doc;
    expect([0, 1, 2].map((at) => first.child(at) === second.child(at))).toEqual([true, false, true]);
    expect(first.child(1).child(1), 'a copy of the same parts').toBe(second.child(1).child(1));
    expect(first.eq(second)).toBe(true);
    const ticked = building.build([...a, ...b, c], (id) => (id === 'a' ? { start: 5 } : null)).doc;
    expect(ticked.child(0)).not.toBe(first.child(0));
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

// [P125]
describe('blocks of any kind', () => {
  const foreign = (name: string, inline: boolean, content: string, attribute: string) =>
    Node.create({ name, inline, group: inline ? 'inline' : 'block', atom: content === '', content, addAttributes: () => ({ [attribute]: { default: null } }), renderHTML: () => (content === '' ? ['span'] : ['div', 0]) });
  const wide = getSchema([...contentExtensions(), foreign('callout', false, 'block*', 'tone'), foreign('youtube', false, '', 'src'), foreign('caption', false, 'inline*', 'x'), foreign('mention', true, '', 'label')]);
  const names = [...Object.keys(wide.nodes), 'constructor', '__proto__', '', 'unheard'];
  const values: unknown[] = [0, 1, -1, 1e9, NaN, Infinity, 'x', '', null, undefined, true, [], [1, 'x'], {}, { a: { b: [] } }, new Uint8Array(2), 10n, () => 1];

  it.each(Array.from({ length: 40 }, (_, seed) => seed))('are a document of the schema with every letter in its order (seed %i)', (seed) => {
    const pick = random(seed * 7_919 + 1);
    const one = <T>(list: readonly T[]): T => list[pick(list.length)]!;
    const attributes = () => Object.fromEntries(['level', 'checked', 'colspan', 'rowspan', 'colwidth', 'start', 'src', 'language', 'tone', '__proto__x'].map((name) => [name, one(values)]));
    const marks = Object.keys(wide.marks);
    const inline = (at: number): ProseNode => {
      if (pick(6) === 0) return one([wide.nodes.mention!, wide.nodes.hardBreak!]).create({ label: one(values) });
      return wide.text(`${at}${one(['', '\n', '👩‍🔬', 'é'])},`, Array.from({ length: pick(4) }, () => wide.mark(one(marks), attributes() as never)));
    };
    const blocks = Array.from({ length: 60 }, (_, at): Block => ({
      type: one(names),
      in: Array.from({ length: 2 * pick(pick(8) === 0 ? 120 : 6) }, (_unused, index) => (index % 2 === 0 ? one(names) : one(['a', 'b', '']))),
      attributes: pick(2) === 0 ? null : attributes(),
      content: Array.from({ length: pick(4) }, () => inline(at)),
    }));
    const building = new Outline(wide);
    const { doc, places } = building.build(blocks, () => (pick(2) === 0 ? null : attributes()));
    doc.check();
    const plain = (nodes: readonly ProseNode[]) => nodes.map((node) => node.text ?? '').join('').replaceAll('\n', '');
    const letters = (node: ProseNode) => node.textContent.replaceAll('\n', '').replaceAll('\ufffc', '');
    expect(letters(doc)).toBe(blocks.map(({ content }) => plain(content)).join(''));
    const { nodes, texts } = places();
    blocks.forEach(({ content }, at) => {
      const node = doc.nodeAt(nodes[at]!)!;
      expect(building.isFiller(node)).toBe(false);
      if (content.length === 0 && !node.isTextblock) return void expect(texts[at]).toBe(-1);
      const { parent } = doc.resolve(texts[at]!);
      expect(letters(parent)).toBe(plain(content));
      expect(parent.content.size, 'a position for each letter').toBe(content.reduce((size, { nodeSize }) => size + nodeSize, 0));
    });
    expect(building.build(blocks).doc.check()).toBeUndefined();
  });

  it('are built within a frame or two, and again in less', () => {
    const blocks = Array.from({ length: 20_000 }, (_, at) =>
      at % 2 === 0 ? block(`paragraph ${at} with some words in it`) : block(`item ${at}`, ['bulletList', `l${at >> 4}`, 'listItem', `i${at}`]),
    );
    const building = new Outline(schema);
    const timed = (work: () => void) => {
      const start = performance.now();
      work();
      return Math.round((performance.now() - start) * 10) / 10;
    };
    const [first, again] = [timed(() => building.build(blocks)), timed(() => building.build(blocks))];
    blocks[10_000] = block('changed');
    const changed = timed(() => building.build(blocks));
    const places = timed(() => building.build(blocks).places());
    console.log(`20,000 blocks: ${first} ms, again ${again} ms, with one changed ${changed} ms, with places ${places} ms`);
    expect(Math.max(first, again, changed), 'a shared machine is slow, a quadratic list is slower').toBeLessThan(1_000);
  });
});
