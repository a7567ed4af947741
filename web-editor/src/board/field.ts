/** The field Excalidraw opens over a text to type into it. */

export class TextField {
  readonly #root: HTMLElement;
  #isComposing = false;

  /** `composed` is called when an input method let the field go. */
  constructor(root: HTMLElement, composed: () => void) {
    this.#root = root;
    root.addEventListener('compositionstart', () => (this.#isComposing = true), { capture: true });
    root.addEventListener('compositionend', () => {
      this.#isComposing = false;
      composed();
    }, { capture: true });
  }

  /** Puts other words into it, the caret where it belongs in them. False while an input method is at work: it would lose what it composes. */
  retype(words: string, caret: (before: number) => number): boolean {
    const area = this.#root.querySelector<HTMLTextAreaElement>('textarea.excalidraw-wysiwyg');
    if (!area || this.#isComposing) return false;
    const { selectionStart, selectionEnd, selectionDirection } = area;
    const [start, end] = [caret(selectionStart), caret(selectionEnd)];
    area.value = words;
    area.setSelectionRange(start, end, selectionDirection);
    area.dispatchEvent(new Event('input'));
    // Excalidraw puts a caret in the middle as far from the end as it was.
    area.setSelectionRange(start, end, selectionDirection);
    return true;
  }
}
