/** What the document page adds to the palette, and its menu of what one does with a whole document. */
import type { ChainedCommands, Editor } from '@tiptap/core';
import type { Command } from '../page/commands';
import { el, icon } from '../page/dom';
import { attachPopover } from '../page/popover';
import { LINK_KEYS } from './actions';
import { BLOCKS } from './blocks';
import { shortcut } from './tools';

export interface DocumentActions {
  editor: () => Editor | null;
  find: () => void;
  outline: () => void;
  saveMarkdown: () => void;
  saveHtml: () => void;
  copyMarkdown: () => void;
}

export function documentCommands(actions: DocumentActions): Command[] {
  const present = () => actions.editor() !== null;
  const editable = () => actions.editor()?.isEditable ?? false;
  const mark = (id: string, name: string, words: string, toggle: (chain: ChainedCommands) => ChainedCommands): Command => ({
    id: `mark.${id}`, name, group: 'Insert', words, enabled: editable,
    run: () => {
      const editor = actions.editor();
      if (editor) toggle(editor.chain().focus()).run();
    },
  });
  return [
    { id: 'document.find', name: 'Find and replace', group: 'Document', words: 'search', run: actions.find, enabled: present },
    { id: 'document.outline', name: 'Outline', group: 'View', words: 'headings table of contents structure', run: actions.outline, enabled: present },
    { id: 'document.copy-markdown', name: 'Copy as Markdown', group: 'Document', words: 'md clipboard', run: actions.copyMarkdown, enabled: present },
    { id: 'document.export-markdown', name: 'Download as Markdown', group: 'Document', words: 'export save md file', run: actions.saveMarkdown, enabled: present },
    { id: 'document.export-html', name: 'Download as HTML', group: 'Document', words: 'export save web page file', run: actions.saveHtml, enabled: present },
    { id: 'document.print', name: 'Print', group: 'Document', words: 'pdf paper', run: () => print() },
    { id: 'link.edit', name: 'Add or edit link', group: 'Insert', words: 'url address', run: () => actions.editor()?.commands.editLink(), enabled: editable },
    mark('superscript', 'Superscript', 'raised power exponent', (chain) => chain.toggleSuperscript()),
    mark('subscript', 'Subscript', 'lowered index', (chain) => chain.toggleSubscript()),
    mark('highlight', 'Highlight', 'marker pen yellow', (chain) => chain.toggleHighlight()),
    ...BLOCKS.map(({ id, name, words, run, active }): Command => ({
      id: `insert.${id}`,
      name: active ? `Turn into ${name.toLowerCase()}` : `Insert ${name.toLowerCase()}`,
      group: 'Insert',
      words,
      run: () => {
        const editor = actions.editor();
        if (editor) run(editor.chain().focus()).run();
      },
      enabled: editable,
    })),
  ];
}

const DOTS = ['M4.5 10h.01M10 10h.01M15.5 10h.01'];
const KEYS: Record<string, string> = { 'document.find': 'Mod+F', 'document.print': 'Mod+P', 'link.edit': LINK_KEYS };

/** A button with the commands of the document, for those who do not know the palette. */
export function documentMenu(commands: Command[]): HTMLElement[] {
  const button = el('button', { type: 'button', class: 'icon-button dots', 'aria-label': 'Document menu', title: 'Document menu' }, icon(...DOTS));
  const menu = el('div', { class: 'popover document-menu', role: 'menu', 'aria-label': 'Document menu' });
  const fill = () => {
    const items = commands.filter(({ group, enabled }) => group !== 'Insert' && (enabled?.() ?? true));
    menu.replaceChildren(...items.map(({ id, name, run }) => {
      const choose = () => {
        menu.hidePopover();
        run();
      };
      return el('button', { type: 'button', class: 'menu-item', role: 'menuitem', tabindex: -1, onclick: choose }, el('span', {}, name), KEYS[id] ? el('kbd', {}, shortcut(KEYS[id])) : null);
    }));
  };
  menu.addEventListener('keydown', (event) => {
    const items = [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')];
    const at = items.indexOf(document.activeElement as HTMLElement);
    const next = { ArrowDown: (at + 1) % items.length, ArrowUp: (at - 1 + items.length) % items.length, Home: 0, End: items.length - 1 }[event.key];
    if (event.key === 'Tab') menu.hidePopover();
    if (next === undefined) return;
    event.preventDefault();
    items[next]?.focus();
  });
  fill();
  attachPopover(button, menu, () => menu.querySelector<HTMLElement>('[role=menuitem]')?.focus());
  button.addEventListener('click', fill, { capture: true });
  button.setAttribute('aria-haspopup', 'menu');
  return [button, menu];
}
