import type { Node as ProseNode } from '@tiptap/pm/model';
import { afterEach, describe, expect, it, vi } from 'vitest';
import * as Y from 'yjs';
import { BLOCKS_MAX, BLOCK_CHARS_MAX, POINT_NUMBERS_MAX, SHAPES_MAX, fetchPreview, keptPreview, parsePreview } from '../api/preview';
import { ownSchema } from '../editor/editor';
import { TextNodes } from '../history/text-nodes';
import { highlight, otherName, titleText } from './naming';
import { drawPreview } from './preview-view';
import { destination } from './shelf';
import { TEMPLATES } from './templates';
import { templateUpdate } from './template-update';

const BOX = { type: 'rectangle', x: 0, y: 0, width: 10, height: 10, angle: 0, stroke: '#1971c2', fill: null, points: [], text: '' };
const board = (...shapes: unknown[]) => ({ kind: 'whiteboard', bounds: [0, 0, 10, 10], shapes });

// [P41]
describe('a preview on the wire', () => {
  it.each([null, undefined, 5, 'x', [], {}, { kind: 'other' }, { kind: ['document'] }])('is none in %s', (value) => {
    expect(parsePreview(value)).toBeNull();
  });

  it.each([{ kind: 'empty' }, { kind: 'document' }, { kind: 'document', blocks: [{ type: 'script' }, 7, null] }, board({ ...BOX, x: 'left' }, { ...BOX, y: NaN })])(
    'has nothing to show in %s',
    (value) => expect(parsePreview(value)).toEqual({ kind: 'empty' }),
  );

  it('is bounded in every direction', () => {
    const page = parsePreview({ kind: 'document', blocks: Array.from({ length: 1_000 }, () => ({ type: 'paragraph', text: 'x'.repeat(10_000) })) });
    expect(page).toMatchObject({ kind: 'document', blocks: { length: BLOCKS_MAX } });
    expect(page?.kind === 'document' && page.blocks[0]?.text).toHaveLength(BLOCK_CHARS_MAX);
    const drawing = parsePreview(board(...Array.from({ length: 1_000 }, () => ({ ...BOX, type: 'draw', points: Array(10_000).fill(1) }))));
    expect(drawing).toMatchObject({ kind: 'whiteboard', shapes: { length: SHAPES_MAX } });
    expect(drawing?.kind === 'whiteboard' && drawing.shapes[0]?.points).toHaveLength(POINT_NUMBERS_MAX);
  });

  it.each(['red', 'url(//elsewhere.example)', '#12', '#1234567', '#fff;x', 'var(--x)', 7, {}, '#xyzxyz'])('takes no colour from %s', (stroke) => {
    expect(parsePreview(board({ ...BOX, stroke }))).toMatchObject({ shapes: [{ stroke: null }] });
  });

  it('stops a line at the first point that is none, and pairs what is left', () => {
    expect(parsePreview(board({ ...BOX, type: 'line', points: [0, 0, 5, 'x', 9, 9] }))).toMatchObject({ shapes: [{ points: [0, 0] }] });
  });

  it.each([[undefined], [[0, 0, -5, 5]], [['x', 0, 1, 1]], [[1e300, 0, 1, 1]]])('finds its own bounds instead of %s', (bounds) => {
    expect(parsePreview({ ...board(BOX, { ...BOX, x: 20, y: -5 }), bounds })).toMatchObject({ bounds: [0, -5, 30, 15] });
  });

  it('is drawn as nodes: words are never markup', () => {
    const evil = '</p><script>alert(1)</script>';
    const page = drawPreview(parsePreview({ kind: 'document', blocks: [{ type: 'heading', level: 99, text: evil }, { type: 'number', text: 'a' }, { type: 'number', text: 'b' }] })!)!;
    expect(page.querySelector('script')).toBeNull();
    expect(page.textContent).toContain(evil);
    expect([...page.querySelectorAll('[data-number]')].map((line) => line.getAttribute('data-number'))).toEqual(['1.', '2.']);
    const shapes = ['rectangle', 'ellipse', 'diamond', 'line', 'arrow', 'draw', 'text', 'image', 'frame'].map((type) => ({ ...BOX, type, text: evil, angle: 1 }));
    const drawing = drawPreview(parsePreview(board(...shapes))!)!;
    expect(drawing.children).toHaveLength(9);
    expect(drawing.querySelector('script')).toBeNull();
    expect(drawing.outerHTML).not.toMatch(/NaN|Infinity|undefined/);
  });
});

// [P40]
describe('asking for a preview', () => {
  afterEach(() => vi.unstubAllGlobals());
  const { signal } = new AbortController();

  it('keeps the answer, and shows it again while it holds', async () => {
    sessionStorage.clear();
    const answers = [new Response(JSON.stringify(board(BOX)), { headers: { etag: '"1"' } }), new Response(null, { status: 304 })];
    const asked: Headers[] = [];
    vi.stubGlobal('fetch', async (_url: string, init: RequestInit) => {
      asked.push(new Headers(init.headers));
      return answers.shift();
    });
    const first = await fetchPreview('a b', null, signal);
    const kept = keptPreview('a b');
    expect(kept).toEqual({ etag: '"1"', preview: first });
    expect(await fetchPreview('a b', kept, signal)).toEqual(first);
    expect(asked.map((headers) => headers.get('if-none-match'))).toEqual([null, '"1"']);
  });

  it('does not trust what it kept', () => {
    sessionStorage.setItem('weft-preview:x', JSON.stringify({ etag: '"1"', preview: { kind: 'script' } }));
    expect(keptPreview('x')).toBeNull();
    sessionStorage.setItem('weft-preview:x', '{broken');
    expect(keptPreview('x')).toBeNull();
  });
});

// [P46]
describe('arrow keys over eight cards in rows of three', () => {
  it.each([
    ['ArrowRight', 0, 1], ['ArrowRight', 7, 7], ['ArrowLeft', 0, 0], ['ArrowLeft', 3, 2], ['ArrowDown', 0, 3], ['ArrowDown', 4, 7],
    ['ArrowDown', 5, 7], ['ArrowDown', 6, 6], ['ArrowUp', 1, 1], ['ArrowUp', 7, 4], ['Home', 5, 0], ['End', 1, 7], ['x', 1, null],
  ])('%s from %i', (key, at, to) => {
    expect(destination(key, at, 8, 3)).toBe(to);
  });
});

// [P43]
describe('names', () => {
  it('are marked where they match', () => {
    expect(highlight('Bicycle BI', 'bi')).toEqual([{ text: 'Bi', found: true }, { text: 'cycle ', found: false }, { text: 'BI', found: true }]);
    expect(highlight('plain', '')).toEqual([{ text: 'plain', found: false }]);
    expect(highlight('', 'x')).toEqual([]);
    expect(highlight('İİa', 'a').map(({ text }) => text).join('')).toBe('İİa');
  });

  it('are shown where somebody chose them', () => {
    expect(titleText({ title: ' ', name: 'abcdefgh2345' })).toBe('Untitled');
    expect(titleText({ title: '', name: 'team/abcdefgh2345' })).toBe('Untitled');
    expect(titleText({ title: '', name: 'team/introduction' })).toBe('team/introduction');
    expect(titleText({ title: '', name: 'notes/today' })).toBe('notes/today');
    expect(otherName({ title: 'Notes', name: 'notes/today' })).toBe('notes/today');
    expect(otherName({ title: 'Notes', name: 'abcdefgh2345' })).toBe('');
  });
});

// [P47]
describe.each(TEMPLATES)('the template $name', (template) => {
  const opened = (...updates: Uint8Array[]) => {
    const doc = new Y.Doc();
    for (const update of updates) Y.applyUpdate(doc, update);
    return doc;
  };

  it('has a title and content, and the same once as twice', () => {
    const update = templateUpdate(template);
    const doc = opened(update);
    expect(doc.getText('title').toString()).toBe(template.name);
    const content = (of: Y.Doc) => (template.kind === 'whiteboard' ? of.getMap('elements').toJSON() : JSON.stringify([of.getText('text').toDelta(), of.getMap('format'), of.getMap('containers')]));
    expect(JSON.stringify(content(doc)).length).toBeGreaterThan(200);
    expect(content(opened(update, update))).toEqual(content(doc));
  });

  it('is made of what the pages know', () => {
    const doc = opened(templateUpdate(template));
    if (template.kind === 'document') {
      const { doc: shown } = new TextNodes(ownSchema()).build(doc, null);
      shown.check();
      const names = new Set<string>();
      shown.descendants((node) => void names.add(node.type.name));
      const known = ['heading', 'paragraph', 'text', 'bulletList', 'orderedList', 'listItem', 'taskList', 'taskItem', 'blockquote', 'table', 'tableRow', 'tableHeader', 'tableCell'];
      expect(known).toEqual(expect.arrayContaining([...names]));
      expect(shown.textContent).toBe(doc.getText('text').toString());
      return;
    }
    const elements = Object.values(doc.getMap('elements').toJSON()) as Record<string, unknown>[];
    const ids = new Set(elements.map(({ id }) => id));
    expect(new Set(elements.map(({ index }) => index)).size).toBe(elements.length);
    for (const element of elements) {
      for (const bound of (element.boundElements ?? []) as { id: string }[]) expect(ids).toContain(bound.id);
      if (element.type === 'text') expect(element.containerId === null || ids.has(element.containerId)).toBe(true);
      if (element.type === 'arrow') expect(ids).toContain((element.startBinding as { elementId: string }).elementId);
    }
  });
});

// [P47]
it('a template is headings, lists, tasks and tables of the editor', () => {
  const doc = new Y.Doc();
  Y.applyUpdate(doc, templateUpdate(TEMPLATES.find(({ id }) => id === 'project')!));
  const told = (node: ProseNode): string => (node.isTextblock ? node.type.name : `${node.type.name}(${node.children.map(told).join(' ')})`);
  const item = 'listItem(paragraph)';
  const row = (cell: string) => `tableRow(${Array(3).fill(`${cell}(paragraph)`).join(' ')})`;
  expect(told(new TextNodes(ownSchema()).build(doc, null).doc)).toBe(
    `doc(blockquote(paragraph) heading bulletList(${item} ${item}) heading bulletList(${item}) heading table(${row('tableHeader')} ${Array(3).fill(row('tableCell')).join(' ')}) heading bulletList(${item}) heading taskList(taskItem(paragraph) taskItem(paragraph)))`,
  );
});
