/** The others' carets and selections, with labels that fade when their owner rests. */
import { Extension, type Editor } from '@tiptap/core';
import { yCursorPlugin } from '@tiptap/y-tiptap';
import type { Awareness } from 'y-protocols/awareness';
import { inkOn } from '../presence/colour';
import { personIn, type Person } from '../presence/person';
import { CaretAwareness } from './caret-awareness';

/** A label stays this long after the last movement. */
const LABEL_MS = 3_000;
/** The plugin draws a moved caret in a later task; labels are placed after that. */
const DRAWN_MS = 30;
const LABEL_ROOM_PX = { above: 26, right: 130 };

interface Options {
  awareness: Awareness;
  field: string;
}

export const Carets = Extension.create<Options>({
  name: 'carets',
  priority: 999,

  addProseMirrorPlugins() {
    const { awareness, field } = this.options;
    return [
      yCursorPlugin(new CaretAwareness(awareness, field) as unknown as Awareness, {
        cursorBuilder: caretElement,
        selectionBuilder: (person: Person) => ({
          class: 'peer-selection',
          style: `--peer: ${person.color}`,
        }),
      }),
    ];
  },

  onCreate() {
    const { awareness } = this.options;
    const root = this.editor.view.dom;
    const labels = new CaretLabels(root, awareness);
    awareness.on('change', labels.changed);
    this.editor.on('destroy', () => awareness.off('change', labels.changed));
  },
});

/** Brings the caret of one of these awareness clients into view; false while none of them has one. */
export function locateCaret(editor: Editor | null, clients: readonly number[]): boolean {
  const carets = clients.map((client) => editor?.view.dom.querySelector(`.peer-caret[data-client="${client}"]`));
  const caret = carets.find((found) => found);
  const smooth = !matchMedia('(prefers-reduced-motion: reduce)').matches;
  caret?.scrollIntoView({ block: 'center', behavior: smooth ? 'smooth' : 'instant' });
  return caret !== undefined && caret !== null;
}

/** The name goes into an attribute and is drawn by CSS: text in here would be read out and copied with the document. */
function caretElement(person: Person, client: number): HTMLElement {
  const caret = document.createElement('span');
  caret.className = 'peer-caret';
  caret.setAttribute('aria-hidden', 'true');
  caret.dataset.client = String(client);
  dress(caret, person);
  return caret;
}

function dress(caret: HTMLElement, person: Person): void {
  caret.dataset.name = person.name;
  caret.style.setProperty('--peer', person.color);
  caret.style.setProperty('--peer-ink', inkOn(person.color));
}

class CaretLabels {
  readonly #root: HTMLElement;
  readonly #awareness: Awareness;
  readonly #fading = new Map<number, ReturnType<typeof setTimeout>>();

  constructor(root: HTMLElement, awareness: Awareness) {
    this.#root = root;
    this.#awareness = awareness;
  }

  readonly changed = ({ added, updated, removed }: { added: number[]; updated: number[]; removed: number[] }): void => {
    for (const client of removed) clearTimeout(this.#fading.get(client));
    const moved = [...added, ...updated].filter((client) => client !== this.#awareness.clientID);
    if (moved.length > 0) setTimeout(() => moved.forEach((client) => this.#show(client)), DRAWN_MS);
  };

  #show(client: number): void {
    const caret = this.#root.querySelector<HTMLElement>(`.peer-caret[data-client="${client}"]`);
    const person = personIn(this.#awareness.getStates().get(client));
    if (!caret || !person) return;
    // A caret element outlives renames: the editor keeps it as long as its owner stays.
    dress(caret, person);
    this.#place(caret);
    caret.dataset.active = '';
    clearTimeout(this.#fading.get(client));
    this.#fading.set(client, setTimeout(() => delete caret.dataset.active, LABEL_MS));
  }

  /** Keeps the label inside the page: under the caret on the first line, to its left at the right edge. */
  #place(caret: HTMLElement): void {
    const at = caret.getBoundingClientRect();
    const page = this.#root.getBoundingClientRect();
    caret.toggleAttribute('data-below', at.top - page.top < LABEL_ROOM_PX.above);
    caret.toggleAttribute('data-left', page.right - at.left < LABEL_ROOM_PX.right);
  }
}
