/** Shows where the link at the caret leads, and edits it: Mod+Shift+K, or the link buttons. */
import { getMarkRange, type Editor } from '@tiptap/core';
import { el, icon } from '../../page/dom';
import { focusText } from '../editor';
import { follow, place } from './floating';
import { linkTarget } from './link-target';

const WRONG = 'Enter a web address, an e-mail address or a phone number.';
const PENCIL = ['m4 16 .8-3.200L13 4.600l2.4 2.4-8.2 8.200Z'];
const OPEN = ['M8 4.500H4.500v11h11V12', 'M11 4.500h4.500V9M15.5 4.5 9.5 10.5'];
const UNLINK = ['M8.5 6 10 4.500a3.5 3.5 0 0 1 5 5L13.5 11', 'M11.5 14 10 15.500a3.5 3.5 0 0 1-5-5L6.5 9', 'm4 4 12 12'];

export class LinkBox {
  readonly #editor: Editor;
  readonly #root = el('div', { class: 'float link-box', role: 'dialog', 'aria-label': 'Link' });
  #shown: { controller: AbortController; editing: boolean; key: string } | null = null;
  /** The link a person closed the box on; it stays closed while the caret is in there. */
  #dismissed: string | null = null;
  #frame = 0;

  constructor(editor: Editor, signal: AbortSignal) {
    this.#editor = editor;
    editor.on('transaction', () => this.#schedule());
    editor.on('focus', () => this.#schedule());
    editor.on('blur', () => this.#schedule());
    signal.addEventListener('abort', () => this.close());
    this.#root.addEventListener('keydown', (event) => {
      if (event.key !== 'Escape') return;
      event.preventDefault();
      this.#leave();
    });
    this.#root.addEventListener('focusout', () => this.#schedule());
  }

  /** Opens the form for the selection, or for the link around the caret. */
  edit(): boolean {
    const editor = this.#editor;
    if (!editor.isEditable || editor.isActive('codeBlock')) return false;
    const range = this.#range();
    if (range) editor.commands.setTextSelection(range);
    const href = (editor.getAttributes('link').href as string | undefined) ?? '';
    const field = el('input', { type: 'text', class: 'link-field', 'aria-label': 'Address', placeholder: 'Paste or type an address', value: href, autocomplete: 'off', spellcheck: 'false', inputmode: 'url', 'aria-describedby': 'link-wrong' });
    const wrong = el('p', { class: 'link-wrong', id: 'link-wrong', role: 'alert' });
    const form = el('form', { class: 'link-form' }, field, el('button', { type: 'submit', class: 'button small primary' }, href ? 'Change' : 'Add'));
    form.addEventListener('submit', (event) => {
      event.preventDefault();
      const target = linkTarget(field.value);
      if (field.value.trim() === '' && href) return this.#remove();
      if (target) return this.#apply(target);
      wrong.textContent = WRONG;
      field.setAttribute('aria-invalid', 'true');
      field.focus();
      this.#place();
    });
    this.#show([form, wrong], true, 'edit');
    field.focus();
    field.select();
    return true;
  }

  close(): void {
    this.#shown?.controller.abort();
    this.#shown = null;
    this.#root.remove();
  }

  #schedule(): void {
    this.#frame ||= requestAnimationFrame(() => {
      this.#frame = 0;
      if (!this.#editor.isDestroyed) this.#update();
    });
  }

  #update(): void {
    const inside = this.#root.contains(document.activeElement);
    if (this.#shown?.editing) return inside ? this.#place() : this.close();
    const editor = this.#editor;
    const href = editor.getAttributes('link').href as string | undefined;
    const here = href && editor.state.selection.empty && (editor.isFocused || inside) ? href : null;
    if (here === null) this.#dismissed = null;
    if (here === null || here === this.#dismissed) return this.close();
    if (this.#shown?.key === here) return this.#place();
    this.#show(this.#card(here), false, here);
  }

  #card(href: string): HTMLElement[] {
    const target = linkTarget(href);
    const button = (name: string, paths: string[], run: () => void) =>
      el('button', { type: 'button', class: 'tool', 'aria-label': name, title: name, onclick: run, onmousedown: (event: MouseEvent) => event.preventDefault() }, icon(...paths));
    const row = el('div', { class: 'link-card' });
    const shown = href.replace(/^(https?:\/\/|mailto:|tel:)/i, '').replace(/\/$/, '');
    if (target) row.append(el('a', { class: 'link-where', href: target, target: '_blank', rel: 'noopener noreferrer nofollow', 'aria-label': `Open ${shown}` }, icon(...OPEN), shown));
    else row.append(el('span', { class: 'link-where' }, 'This address cannot be opened'));
    if (this.#editor.isEditable) row.append(button('Edit link', PENCIL, () => this.edit()), button('Remove link', UNLINK, () => this.#remove()));
    return [row];
  }

  #apply(href: string): void {
    const { state } = this.#editor;
    const chain = this.#editor.chain();
    this.#dismissed = href;
    if (state.selection.empty) chain.insertContent({ type: 'text', text: href.replace(/^(mailto|tel):/, ''), marks: [{ type: 'link', attrs: { href } }] });
    else chain.setLink({ href }).setTextSelection(state.selection.to);
    chain.unsetMark('link', { extendEmptyMarkRange: false }).run();
    this.close();
    focusText(this.#editor, 'here');
  }

  #remove(): void {
    this.#editor.chain().extendMarkRange('link').unsetLink().setTextSelection(this.#editor.state.selection.to).run();
    this.close();
    focusText(this.#editor, 'here');
  }

  #leave(): void {
    this.#dismissed = (this.#editor.getAttributes('link').href as string | undefined) ?? null;
    this.close();
    focusText(this.#editor, 'here');
  }

  #range(): { from: number; to: number } | null {
    const { selection, schema } = this.#editor.state;
    return selection.empty ? (getMarkRange(selection.$from, schema.marks.link!) ?? null) : null;
  }

  #show(content: HTMLElement[], editing: boolean, key: string): void {
    this.close();
    const controller = new AbortController();
    this.#shown = { controller, editing, key };
    this.#root.replaceChildren(...content);
    document.body.append(this.#root);
    follow(() => this.#place(), controller.signal);
    this.#place();
  }

  #place(): void {
    const { from, to } = this.#range() ?? this.#editor.state.selection;
    const [start, end] = [this.#editor.view.coordsAtPos(from), this.#editor.view.coordsAtPos(to, -1)];
    place(this.#root, new DOMRect(start.left, start.top, 0, Math.max(start.bottom, end.bottom) - start.top), 'below');
  }
}
