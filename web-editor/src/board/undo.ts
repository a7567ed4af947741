/** Tells when Excalidraw takes something back or brings it back: it does so by putting things as they were, which is no wish to delete. */

export class UndoWatch {
  #isUndoing = false;

  /** `flush` writes what was done in the scene. */
  constructor(root: HTMLElement, flush: () => void) {
    const watch = () => {
      flush();
      this.#isUndoing = true;
      // By then it has happened.
      setTimeout(() => {
        flush();
        this.#isUndoing = false;
      });
    };
    document.addEventListener('keydown', (event) => !isField(event.target) && isUndo(event) && watch(), { capture: true });
    root.addEventListener('click', (event) => isUndoButton(event.target) && watch(), { capture: true });
  }

  get isUndoing(): boolean {
    return this.#isUndoing;
  }
}

function isUndo({ key, ctrlKey, metaKey, altKey }: KeyboardEvent): boolean {
  return (ctrlKey || metaKey) && !altKey && ['z', 'y'].includes(key.toLowerCase());
}

/** Fields take back what was typed themselves. */
function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, [contenteditable="true"]');
}

function isUndoButton(target: EventTarget | null): boolean {
  return target instanceof Element && target.closest('[data-testid="button-undo"], [data-testid="button-redo"]') !== null;
}
