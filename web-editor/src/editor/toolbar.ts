/**
 * The formatting toolbar: one tab stop, arrow keys inside, Escape back to the text. Alt+F10 goes from the text to it, and from
 * there on to the bars that float beside the selection, if there are any.
 */
import type { Editor } from '@tiptap/core';
import { el } from '../page/dom';
import { focusText } from './editor';
import { TOOLS, setAttribute, toolButton, type Tool } from './tools';

export class Toolbar {
  readonly #root: HTMLElement;
  readonly #editor: Editor;
  readonly #buttons: { tool: Tool; button: HTMLButtonElement }[] = [];
  #frame = 0;

  constructor(root: HTMLElement, editor: Editor, signal: AbortSignal) {
    this.#root = root;
    this.#editor = editor;
    root.replaceChildren();
    for (const group of TOOLS) {
      const box = el('div', { class: 'tool-group', role: 'group', 'aria-label': group.name });
      for (const tool of group.tools) box.append(this.#button(tool));
      root.append(box);
    }
    this.#focusable(0);
    root.addEventListener('keydown', (event) => this.#key(event), { signal });
    document.addEventListener('keydown', (event) => this.#enter(event), { signal });
    editor.on('transaction', () => this.#schedule());
    this.#render();
  }

  /** Reading only: the buttons stay in place but say that they are off. */
  refresh(): void {
    this.#schedule();
  }

  #button(tool: Tool): HTMLButtonElement {
    const button = toolButton(tool, () => this.#run(tool));
    this.#buttons.push({ tool, button });
    return button;
  }

  #run(tool: Tool): void {
    if (!this.#editor.isEditable) return;
    const fromKeyboard = this.#root.contains(document.activeElement);
    const chain = this.#editor.chain();
    // With the keyboard focus stays in the toolbar, so that several formats can be set in a row.
    tool.run(fromKeyboard ? chain : chain.focus()).run();
  }

  #schedule(): void {
    if (this.#frame) return;
    // At most once per frame: every remote keystroke is a transaction too.
    this.#frame = requestAnimationFrame(() => {
      this.#frame = 0;
      this.#render();
    });
  }

  #render(): void {
    if (this.#editor.isDestroyed) return;
    const can = this.#editor.can();
    for (const { tool, button } of this.#buttons) {
      const enabled = this.#editor.isEditable && (tool.enabled?.(can) ?? true);
      // Not `disabled`: a focused button that vanishes from the tab order would strand the keyboard.
      setAttribute(button, 'aria-disabled', String(!enabled));
      if (tool.active) setAttribute(button, 'aria-pressed', String(tool.active(this.#editor)));
    }
  }

  #key(event: KeyboardEvent): void {
    const at = this.#buttons.findIndex(({ button }) => button === document.activeElement);
    const last = this.#buttons.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at <= 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      this.#focusable(next).focus();
    } else if (event.key === 'Escape') {
      event.preventDefault();
      focusText(this.#editor, 'here');
    }
  }

  #enter(event: KeyboardEvent): void {
    if (event.key !== 'F10' || !event.altKey) return;
    event.preventDefault();
    const bars = [this.#root, ...document.querySelectorAll<HTMLElement>('.bar-menu')];
    const here = bars.findIndex((bar) => bar.contains(document.activeElement));
    bars[(here + 1) % bars.length]!.querySelector<HTMLElement>('[tabindex="0"]')?.focus();
  }

  #focusable(index: number): HTMLButtonElement {
    this.#buttons.forEach(({ button }, at) => (button.tabIndex = at === index ? 0 : -1));
    return this.#buttons[index]!.button;
  }
}
