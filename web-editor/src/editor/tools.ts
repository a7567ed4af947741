/** What the toolbar offers, as data. */
import type { CanCommands, ChainedCommands, Editor } from '@tiptap/core';
import { el, icon } from '../page/dom';
import { LINK_KEYS } from './actions';
import { ICONS } from './blocks';

export interface Tool {
  name: string;
  keys?: string;
  face: () => Node;
  run: (chain: ChainedCommands) => ChainedCommands;
  /** Present for toggles. */
  active?: (editor: Editor) => boolean;
  enabled?: (can: CanCommands) => boolean;
}

export const letter = (text: string, style = '') => () => el('span', { class: `letter ${style}`, 'aria-hidden': 'true' }, text);
export const drawing = (...paths: string[]) => () => icon(...paths);

export const LINK = ['M8.5 11.5a3 3 0 0 0 4.2 0l3-3a3 3 0 0 0-4.2-4.2L10.5 5.3', 'M11.5 8.500a3 3 0 0 0-4.2 0l-3 3a3 3 0 0 0 4.2 4.200l1-1'];

/** The letter that is raised or lowered. */
const X = 'm3.500 6.500 6 8M9.500 6.500l-6 8';
export const MARKER = ['m6.5 11 6.5-7 3.500 3.300-6.500 7-4 .7Z', 'M3.500 16.500h13'];

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
        name: 'Underline',
        keys: 'Mod+U',
        face: letter('U', 'underline'),
        run: (chain) => chain.toggleUnderline(),
        active: (editor) => editor.isActive('underline'),
      },
      {
        name: 'Strikethrough',
        keys: 'Mod+Shift+S',
        face: letter('S', 'strike'),
        run: (chain) => chain.toggleStrike(),
        active: (editor) => editor.isActive('strike'),
      },
      {
        name: 'Highlight',
        face: drawing(...MARKER),
        run: (chain) => chain.toggleHighlight(),
        active: (editor) => editor.isActive('highlight'),
      },
      {
        name: 'Superscript',
        keys: 'Mod+.',
        face: drawing(X, 'M12.500 4.500c.5-1.600 3-1.600 3 .100 0 1.500-3 2.200-3 3.600h3.200'),
        run: (chain) => chain.toggleSuperscript(),
        active: (editor) => editor.isActive('superscript'),
      },
      {
        name: 'Subscript',
        keys: 'Mod+,',
        face: drawing(X, 'M12.500 12.500c.5-1.600 3-1.600 3 .100 0 1.500-3 2.200-3 3.600h3.200'),
        run: (chain) => chain.toggleSubscript(),
        active: (editor) => editor.isActive('subscript'),
      },
      {
        name: 'Inline code',
        keys: 'Mod+E',
        face: drawing('m7 6-4 4 4 4', 'm13 6 4 4-4 4'),
        run: (chain) => chain.toggleCode(),
        active: (editor) => editor.isActive('code'),
      },
      {
        name: 'Link',
        keys: LINK_KEYS,
        face: drawing(...LINK),
        run: (chain) => chain.editLink(),
        active: (editor) => editor.isActive('link'),
      },
    ],
  },
  {
    name: 'Blocks',
    tools: [
      {
        name: 'Bulleted list',
        keys: 'Mod+Shift+8',
        face: drawing(...ICONS.bullets),
        run: (chain) => chain.toggleBulletList(),
        active: (editor) => editor.isActive('bulletList'),
      },
      {
        name: 'Numbered list',
        keys: 'Mod+Shift+7',
        face: drawing(...ICONS.numbers),
        run: (chain) => chain.toggleOrderedList(),
        active: (editor) => editor.isActive('orderedList'),
      },
      {
        name: 'Task list',
        keys: 'Mod+Shift+9',
        face: drawing(...ICONS.tasks),
        run: (chain) => chain.toggleTaskList(),
        active: (editor) => editor.isActive('taskList'),
      },
      {
        name: 'Quote',
        keys: 'Mod+Shift+B',
        face: drawing(...ICONS.quote),
        run: (chain) => chain.toggleQuote(),
        active: (editor) => editor.isActive('blockquote'),
      },
      {
        name: 'Code block',
        keys: 'Mod+Alt+C',
        face: drawing(...ICONS.code),
        run: (chain) => chain.toggleCodeBlock(),
        active: (editor) => editor.isActive('codeBlock'),
      },
    ],
  },
  {
    name: 'Insert',
    tools: [
      { name: 'Table', face: drawing(...ICONS.table), run: (chain) => chain.insertTable({ rows: 3, cols: 3, withHeaderRow: true }), enabled: (can) => can.insertTable() },
      { name: 'Image', face: drawing(...ICONS.image), run: (chain) => chain.pickImage() },
    ],
  },
];

/** A button for a tool; the text keeps its selection while it is pressed. */
export function toolButton(tool: Tool, run: () => void): HTMLButtonElement {
  const button = el('button', {
    type: 'button',
    class: 'tool',
    tabindex: -1,
    'aria-label': tool.name,
    'aria-keyshortcuts': tool.keys && ariaKeys(tool.keys),
    title: tool.keys ? `${tool.name}, ${shortcut(tool.keys)}` : tool.name,
    onmousedown: (event: MouseEvent) => event.preventDefault(),
    onclick: run,
  });
  button.append(tool.face());
  return button;
}

export function setAttribute(element: Element, name: string, value: string): void {
  if (element.getAttribute(name) !== value) element.setAttribute(name, value);
}

const APPLE = /Mac|iP(hone|ad|od)/.test(navigator.platform);

/** Keys as they are printed on this person's keyboard. */
export function shortcut(keys: string): string {
  return APPLE ? keys.replace('Mod', '⌘').replace('Shift', '⇧').replace('Alt', '⌥').replaceAll('+', '') : keys.replace('Mod', 'Ctrl');
}

function ariaKeys(keys: string): string {
  return keys.replace('Mod', APPLE ? 'Meta' : 'Control');
}
