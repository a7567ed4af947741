/** Tells when Excalidraw takes something back or brings it back: it does so by putting things as they were, whatever others did since. */

export type Undoing = 'undo' | 'redo' | null;

export class UndoWatch {
  #now: Undoing = null;

  /** `flush` writes what was done in the scene. */
  constructor(root: HTMLElement, flush: () => void) {
    const watch = (undoing: Undoing) => {
      if (!undoing) return;
      flush();
      this.#now = undoing;
      // By then it has happened.
      setTimeout(() => {
        flush();
        this.#now = null;
      });
    };
    document.addEventListener('keydown', (event) => watch(isField(event.target) ? null : byKeys(event)), { capture: true });
    root.addEventListener('click', (event) => watch(byButton(event.target)), { capture: true });
  }

  get now(): Undoing {
    return this.#now;
  }
}

function byKeys({ key, ctrlKey, metaKey, altKey, shiftKey }: KeyboardEvent): Undoing {
  if (!(ctrlKey || metaKey) || altKey) return null;
  if (key.toLowerCase() === 'y') return 'redo';
  return key.toLowerCase() !== 'z' ? null : shiftKey ? 'redo' : 'undo';
}

/** Fields take back what was typed themselves. */
function isField(target: EventTarget | null): boolean {
  return target instanceof HTMLElement && target.matches('input, textarea, [contenteditable="true"]');
}

function byButton(target: EventTarget | null): Undoing {
  const pressed = (name: string) => target instanceof Element && target.closest(`[data-testid="button-${name}"]`) !== null;
  return pressed('undo') ? 'undo' : pressed('redo') ? 'redo' : null;
}
