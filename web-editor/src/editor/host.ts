/** Holds the editor of the page. */
import type { Editor } from '@tiptap/core';
import { createEditor, type Making } from './editor';

export interface HostOptions extends Making {
  /** Builds what works on the editor; all of it ends with the signal. */
  mounted: (editor: Editor, signal: AbortSignal) => void;
}

export class EditorHost {
  readonly editor: Editor;
  readonly #controller = new AbortController();

  constructor(options: HostOptions) {
    options.element.replaceChildren();
    this.editor = createEditor(options);
    options.mounted(this.editor, this.#controller.signal);
    this.setEditable(false);
  }

  setEditable(editable: boolean): void {
    const { editor } = this;
    if (editor.isEditable === editable) return;
    editor.setEditable(editable, false);
    editor.view.dom.setAttribute('aria-readonly', String(!editable));
    // The placeholder and the menus depend on it.
    editor.view.dispatch(editor.state.tr.setMeta('editable', editable));
  }

  /** The content as text. */
  text(): string {
    return this.editor.getText({ blockSeparator: '\n\n' });
  }

  destroy(): void {
    this.#controller.abort();
    this.editor.destroy();
  }
}
