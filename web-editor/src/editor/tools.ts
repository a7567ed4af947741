/** What the toolbar offers, as data. */
import type { CanCommands, ChainedCommands, Editor } from '@tiptap/core';
import { el, icon } from '../page/dom';

export interface Tool {
  name: string;
  keys?: string;
  face: () => Node;
  run: (chain: ChainedCommands) => ChainedCommands;
  /** Present for toggles. */
  active?: (editor: Editor) => boolean;
  enabled?: (can: CanCommands) => boolean;
}

const letter = (text: string, style = '') => () => el('span', { class: `letter ${style}`, 'aria-hidden': 'true' }, text);
const drawing = (...paths: string[]) => () => icon(...paths);

function heading(level: 1 | 2 | 3): Tool {
  return {
    // Says what it shows as well, for people who speak to their computer.
    name: `H${level}: Heading ${level}`,
    keys: `Mod+Alt+${level}`,
    face: letter(`H${level}`),
    run: (chain) => chain.toggleHeading({ level }),
    active: (editor) => editor.isActive('heading', { level }),
  };
}

export const TOOLS: { name: string; tools: Tool[] }[] = [
  {
    name: 'History',
    tools: [
      {
        name: 'Undo',
        keys: 'Mod+Z',
        face: drawing('M7.5 4 4 7.5 7.5 11', 'M4 7.5h7.5a4.25 4.25 0 0 1 0 8.5H8'),
        run: (chain) => chain.undo(),
        enabled: (can) => can.undo(),
      },
      {
        name: 'Redo',
        keys: 'Mod+Shift+Z',
        face: drawing('M12.5 4 16 7.5 12.5 11', 'M16 7.5H8.5a4.25 4.25 0 0 0 0 8.5H12'),
        run: (chain) => chain.redo(),
        enabled: (can) => can.redo(),
      },
    ],
  },
  { name: 'Headings', tools: [heading(1), heading(2), heading(3)] },
  {
    name: 'Text',
    tools: [
      {
        name: 'Bold',
        keys: 'Mod+B',
        face: letter('B', 'bold'),
        run: (chain) => chain.toggleBold(),
        active: (editor) => editor.isActive('bold'),
      },
      {
        name: 'Italic',
        keys: 'Mod+I',
        face: letter('I', 'italic'),
        run: (chain) => chain.toggleItalic(),
        active: (editor) => editor.isActive('italic'),
      },
      {
        name: 'Inline code',
        keys: 'Mod+E',
        face: drawing('m7 6-4 4 4 4', 'm13 6 4 4-4 4'),
        run: (chain) => chain.toggleCode(),
        active: (editor) => editor.isActive('code'),
      },
    ],
  },
  {
    name: 'Blocks',
    tools: [
      {
        name: 'Bulleted list',
        keys: 'Mod+Shift+8',
        face: drawing('M7.5 5H17M7.5 10H17M7.5 15H17', 'M3.5 5h.01M3.5 10h.01M3.5 15h.01'),
        run: (chain) => chain.toggleBulletList(),
        active: (editor) => editor.isActive('bulletList'),
      },
      {
        name: 'Numbered list',
        keys: 'Mod+Shift+7',
        face: drawing('M8.5 5H17M8.5 10H17M8.5 15H17', 'M2.8 3.8 4 3.2v4M2.7 12.6c.3-.9 2.2-.9 2.2.3 0 1-2.2 1.6-2.2 3h2.3'),
        run: (chain) => chain.toggleOrderedList(),
        active: (editor) => editor.isActive('orderedList'),
      },
      {
        name: 'Quote',
        keys: 'Mod+Shift+B',
        face: drawing('M4 4v12', 'M8 6h8M8 10h8M8 14h5'),
        run: (chain) => chain.toggleBlockquote(),
        active: (editor) => editor.isActive('blockquote'),
      },
      {
        name: 'Code block',
        keys: 'Mod+Alt+C',
        face: drawing(
          'M4.5 3.5h11a1.5 1.5 0 0 1 1.5 1.5v10a1.5 1.5 0 0 1-1.5 1.5h-11A1.5 1.5 0 0 1 3 15V5a1.5 1.5 0 0 1 1.5-1.5Z',
          'm8 8-2 2 2 2M12 8l2 2-2 2',
        ),
        run: (chain) => chain.toggleCodeBlock(),
        active: (editor) => editor.isActive('codeBlock'),
      },
    ],
  },
];
