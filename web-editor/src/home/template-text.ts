/** The documents of the templates, as nodes of the editor's schema. */
import * as Y from 'yjs';

interface Node {
  type: string;
  attributes?: Record<string, unknown>;
  children: (Node | string)[];
}

const paragraph = (text = ''): Node => ({ type: 'paragraph', children: text ? [text] : [] });
const heading = (text: string, level = 2): Node => ({ type: 'heading', attributes: { level }, children: [text] });
const bullets = (...texts: string[]): Node => ({ type: 'bulletList', children: texts.map((text) => ({ type: 'listItem', children: [paragraph(text)] })) });
const numbers = (...texts: string[]): Node => ({ type: 'orderedList', children: texts.map((text) => ({ type: 'listItem', children: [paragraph(text)] })) });
const tasks = (...texts: string[]): Node => ({
  type: 'taskList',
  children: texts.map((text) => ({ type: 'taskItem', children: [paragraph(text)] })),
});
const quote = (text: string): Node => ({ type: 'blockquote', children: [paragraph(text)] });
const table = (head: string[], ...rows: string[][]): Node => ({
  type: 'table',
  children: [row('tableHeader', head), ...rows.map((cells) => row('tableCell', cells))],
});

function row(type: string, cells: string[]): Node {
  return { type: 'tableRow', children: cells.map((text) => ({ type, children: [paragraph(text)] })) };
}

const TEXTS: Record<string, () => Node[]> = {
  meeting: () => [
    quote('When, where and with whom?'),
    heading('Agenda'),
    numbers('What happened since last time', 'The main topic', 'Anything else'),
    heading('Notes'),
    paragraph(),
    heading('Decisions'),
    bullets(''),
    heading('Who does what'),
    tasks('Somebody: something, by when', ''),
  ],
  project: () => [
    quote('In one sentence: what will be different when this is done?'),
    heading('Goals'),
    bullets('What we want to reach', 'How we will see that it worked'),
    heading('Not part of it'),
    bullets('What we leave out on purpose'),
    heading('Milestones'),
    table(['Milestone', 'Owner', 'Due'], ['First draft', '', ''], ['Ready to try', '', ''], ['Done', '', '']),
    heading('Risks'),
    bullets('What could go wrong, and what we would do then'),
    heading('Next steps'),
    tasks('Agree on the goals', 'Find an owner for each milestone'),
  ],
  decision: () => [
    table(['Status', 'Decided by', 'Date'], ['Proposed', '', '']),
    heading('Context'),
    paragraph('What makes a decision necessary now?'),
    heading('Options'),
    table(['Option', 'For', 'Against'], ['', '', ''], ['', '', '']),
    heading('Decision'),
    paragraph('We will …'),
    heading('What follows'),
    bullets('What becomes easier', 'What becomes harder', 'When we look at it again'),
  ],
  week: () => [
    heading('Done'),
    bullets('What got finished this week'),
    heading('Learned'),
    bullets('What surprised us'),
    heading('Stuck'),
    bullets('What waits, and for whom'),
    heading('Next week'),
    tasks('The one thing that matters most', '', ''),
  ],
};

/** Where the blocks of a flat text are put together. */
interface Writing {
  delta: { insert: string | Y.Map<unknown> }[];
  containers: Y.Map<unknown>;
}

/** Writes the template's text: the letters with a mark in front of each block, which names the containers around it. */
export function writeText(id: string, doc: Y.Doc): void {
  const writing: Writing = { delta: [], containers: doc.getMap('containers') };
  for (const node of TEXTS[id]?.() ?? []) write(node, [], writing);
  doc.getText('text').applyDelta(writing.delta);
  doc.getMap('format').set('text', 1);
}

function write({ type, attributes = {}, children }: Node, path: readonly string[], writing: Writing): void {
  const nodes = children.filter((child) => typeof child !== 'string');
  if (nodes.length > 0) {
    const id = shortId();
    for (const [name, value] of Object.entries(attributes)) writing.containers.set(`${id}.${name}`, value);
    for (const child of nodes) write(child, [...path, type, id], writing);
    return;
  }
  const mark = new Y.Map<unknown>([['type', type], ...(path.length > 0 ? [['in', path] as [string, unknown]] : [])]);
  for (const [name, value] of Object.entries(attributes)) mark.set(`.${name}`, value);
  const words = children.join('');
  writing.delta.push({ insert: mark }, ...(words === '' ? [] : [{ insert: words }]));
}

function shortId(): string {
  return Array.from(crypto.getRandomValues(new Uint8Array(6)), (byte) => (byte % 36).toString(36)).join('');
}
