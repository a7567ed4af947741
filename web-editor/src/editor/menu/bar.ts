/** A small toolbar beside what it works on: the selection, a table, an image. */
import type { Editor } from '@tiptap/core';
import { el } from '../../page/dom';
import { focusText } from '../editor';
import { setAttribute, toolButton, type Tool } from '../tools';
import { follow, place, type Side } from './floating';

export interface BarOptions {
  name: string;
  side: Side;
  tools: Tool[];
  /** Where it belongs now; null for nowhere. */
  anchor: (editor: Editor) => DOMRect | null;
  /** Elements before the buttons. */
  before?: HTMLElement[];
  refresh?: () => void;
}

export class Bar {
  readonly root: HTMLElement;
  readonly #editor: Editor;
  readonly #options: BarOptions;
  readonly #buttons: { tool: Tool; button: HTMLButtonElement }[] = [];
  #shown: AbortController | null = null;
  #pressed = false;
  #frame = 0;

  constructor(editor: Editor, options: BarOptions, signal: AbortSignal) {
    this.#editor = editor;
    this.#options = options;
    this.root = el('div', { class: 'float bar-menu', role: 'toolbar', 'aria-label': options.name }, ...(options.before ?? []));
    for (const tool of options.tools) {
      const button = toolButton(tool, () => this.#run(tool));
      this.#buttons.push({ tool, button });
      this.root.append(button);
    }
    this.#focusable(0);
    this.root.addEventListener('keydown', (event) => this.#key(event));
    this.root.addEventListener('focusout', () => this.#schedule());
    for (const name of ['transaction', 'focus', 'blur'] as const) editor.on(name, () => this.#schedule());
    // While a selection is being drawn the bar would be in its way.
    editor.view.dom.addEventListener('pointerdown', () => this.#press(true), { signal });
    for (const name of ['pointerup', 'pointercancel']) document.addEventListener(name, () => this.#press(false), { signal });
    signal.addEventListener('abort', () => this.#hide());
  }

  #press(pressed: boolean): void {
    if (this.#pressed === pressed) return;
    this.#pressed = pressed;
    this.#schedule();
  }

  #schedule(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.#editor.isDestroyed) this.#update();
    });
  }

  #update(): void {
    const anchor = this.#anchor();
    if (!anchor) return this.#hide();
    if (!this.#shown) {
      this.#shown = new AbortController();
      document.body.append(this.root);
      follow(() => this.#place(), this.#shown.signal);
    }
    const can = this.#editor.can();
    for (const { tool, button } of this.#buttons) {
      setAttribute(button, 'aria-disabled', String(!(tool.enabled?.(can) ?? true)));
      if (tool.active) setAttribute(button, 'aria-pressed', String(tool.active(this.#editor)));
    }
    this.#options.refresh?.();
    place(this.root, anchor, this.#options.side);
  }

  #anchor(): DOMRect | null {
    const editor = this.#editor;
    const near = editor.isFocused || document.activeElement?.closest('.bar-menu, .toolbar');
    return near && editor.isEditable && !this.#pressed ? this.#options.anchor(editor) : null;
  }

  #place(): void {
    const anchor = this.#anchor();
    if (anchor) place(this.root, anchor, this.#options.side);
  }

  #hide(): void {
    this.#shown?.abort();
    this.#shown = null;
    this.root.remove();
  }

  #run(tool: Tool): void {
    if (!this.#editor.isEditable) return;
    const chain = this.#editor.chain();
    tool.run(this.root.contains(document.activeElement) ? chain : chain.focus(undefined, { scrollIntoView: false })).run();
  }

  #items(): HTMLElement[] {
    return [...this.root.querySelectorAll<HTMLElement>('button, select, input')];
  }

  #key(event: KeyboardEvent): void {
    if (event.key === 'Escape') {
      event.preventDefault();
      return focusText(this.#editor, 'here');
    }
    // In a field the arrows move the caret, in a list the choice.
    if (!(event.target instanceof HTMLButtonElement) && event.key !== 'ArrowRight' && event.key !== 'ArrowLeft') return;
    if (event.target instanceof HTMLInputElement) return;
    const items = this.#items();
    const at = items.indexOf(event.target as HTMLElement);
    const last = items.length - 1;
    const next = { ArrowRight: at === last ? 0 : at + 1, ArrowLeft: at <= 0 ? last : at - 1, Home: 0, End: last }[event.key];
    if (next === undefined) return;
    event.preventDefault();
    this.#focusable(next);
    items[next]?.focus();
  }

  #focusable(index: number): void {
    this.#items().forEach((item, at) => (item.tabIndex = at === index ? 0 : -1));
  }
}
