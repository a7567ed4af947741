/** The kinds of block a person can insert or turn text into: one list for the slash menu, the palette and “turn into”. */
import type { ChainedCommands, Editor } from '@tiptap/core';

export interface Block {
  id: string;
  name: string;
  hint: string;
  /** Other words a person may type for it. */
  words: string;
  icon: string[];
  run: (chain: ChainedCommands) => ChainedCommands;
  /** Present for kinds that text can be turned into. */
  active?: (editor: Editor) => boolean;
}

export const ICONS = {
  text: ['M4 5.5h12M4 10h12M4 14.5h7'],
  bullets: ['M7.5 5H17M7.5 10H17M7.5 15H17', 'M3.5 5h.01M3.5 10h.01M3.5 15h.01'],
  numbers: ['M8.5 5H17M8.5 10H17M8.5 15H17', 'M2.8 3.8 4 3.2v4M2.7 12.6c.3-.9 2.2-.9 2.2.3 0 1-2.2 1.6-2.2 3h2.3'],
  tasks: ['M9.5 5.500H17M9.5 14H17', 'm2.8 5.5 1.5 1.5 2.7-3', 'M3 12h4v4H3z'],
  quote: ['M4 4v12', 'M8 6h8M8 10h8M8 14h5'],
  code: ['M4.5 3.500h11a1.5 1.5 0 0 1 1.5 1.500v10a1.5 1.5 0 0 1-1.5 1.500h-11A1.5 1.5 0 0 1 3 15V5a1.5 1.5 0 0 1 1.5-1.500Z', 'm8 8-2 2 2 2M12 8l2 2-2 2'],
  divider: ['M3 10h14', 'M6 5h8M6 15h8'],
  table: ['M3.5 4h13v12h-13zM3.5 8h13M8 8v8M12.2 8v8'],
  image: ['M3.5 4h13v12h-13z', 'm3.5 13.5 4-4 3.5 3.5 2-2 3.5 3', 'M12.5 7.500h.01'],
};

function heading(level: 1 | 2 | 3, hint: string): Block {
  return {
    id: `heading${level}`,
    name: `Heading ${level}`,
    hint,
    words: `h${level} title section ${'#'.repeat(level)}`,
    icon: [`M3.5 5v10M9.5 5v10M3.5 10h6`, ['M13 8.5 15 7v8', 'M12.5 8.500c.5-2 4-2 4 .2 0 2-4 3-4 6.300h4.2', 'M12.5 7h4l-2.5 3.200c3.5 0 3.5 4.8.200 4.8-1 0-1.7-.5-2-1.2'][level - 1]!],
    run: (chain) => chain.setHeading({ level }),
    active: (editor) => editor.isActive('heading', { level }),
  };
}

/** Where no list is wanted, `clearNodes` lifts the text out of it. */
export const BLOCKS: Block[] = [
  {
    id: 'text', name: 'Text', hint: 'Plain paragraph', words: 'paragraph normal body', icon: ICONS.text,
    run: (chain) => chain.clearNodes(),
    active: (editor) => editor.isActive('paragraph') && !['bulletList', 'orderedList', 'taskList', 'blockquote'].some((name) => editor.isActive(name)),
  },
  heading(1, 'Large section title'),
  heading(2, 'Section title'),
  heading(3, 'Small section title'),
  { id: 'bulletList', name: 'Bulleted list', hint: 'Items with dots', words: 'ul unordered points -', icon: ICONS.bullets, run: (chain) => chain.toggleBulletList(), active: (editor) => editor.isActive('bulletList') },
  { id: 'orderedList', name: 'Numbered list', hint: 'Items in order', words: 'ol ordered 1.', icon: ICONS.numbers, run: (chain) => chain.toggleOrderedList(), active: (editor) => editor.isActive('orderedList') },
  { id: 'taskList', name: 'Task list', hint: 'Items to check off', words: 'todo to-do checklist checkbox []', icon: ICONS.tasks, run: (chain) => chain.toggleTaskList(), active: (editor) => editor.isActive('taskList') },
  { id: 'blockquote', name: 'Quote', hint: 'Words of somebody else', words: 'blockquote citation >', icon: ICONS.quote, run: (chain) => chain.toggleQuote(), active: (editor) => editor.isActive('blockquote') },
  { id: 'codeBlock', name: 'Code block', hint: 'Text as it is typed', words: 'pre source program ```', icon: ICONS.code, run: (chain) => chain.toggleCodeBlock(), active: (editor) => editor.isActive('codeBlock') },
  { id: 'divider', name: 'Divider', hint: 'A line between parts', words: 'horizontal rule separator hr ---', icon: ICONS.divider, run: (chain) => chain.setHorizontalRule() },
  { id: 'table', name: 'Table', hint: 'Rows and columns', words: 'grid cells spreadsheet', icon: ICONS.table, run: (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true }) },
  { id: 'image', name: 'Image', hint: 'From this device', words: 'picture photo upload file', icon: ICONS.image, run: (chain) => chain.pickImage() },
];

/** Those that match what was typed, best first: by the start of the name, of one of its words, of another word. */
export function matchingBlocks(query: string, blocks: readonly Block[] = BLOCKS): Block[] {
  const wanted = query.trim().toLowerCase();
  if (!wanted) return [...blocks];
  const ranked = blocks.map((block) => ({ block, rank: rank(block, wanted) })).filter(({ rank }) => rank > 0);
  return ranked.sort((a, b) => b.rank - a.rank).map(({ block }) => block);
}

function rank({ name, words }: Block, wanted: string): number {
  const own = name.toLowerCase();
  if (own.replaceAll(' ', '').startsWith(wanted)) return 4;
  if (own.split(' ').some((word) => word.startsWith(wanted))) return 3;
  if (words.toLowerCase().split(' ').some((word) => word.startsWith(wanted))) return 2;
  return wanted.length > 2 && own.includes(wanted) ? 1 : 0;
}
