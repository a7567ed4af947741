/** The others' carets and selections, with labels that fade when their owner rests. */
import { Extension, type Editor } from '@tiptap/core';
import { Plugin, PluginKey, type EditorState } from '@tiptap/pm/state';
import { Decoration, DecorationSet, type EditorView } from '@tiptap/pm/view';
import type { Awareness } from 'y-protocols/awareness';
import { compareRelativePositions } from 'yjs';
import { inkOn } from '../presence/colour';
import { personIn, type Person } from '../presence/person';
import { bindingKey, isShared } from './binding/key';
import { announceCaret, peerCarets } from './caret-awareness';

/** A label stays this long after the last movement. */
const LABEL_MS = 3_000;
const LABEL_ROOM_PX = { above: 26, right: 130 };

const key = new PluginKey<DecorationSet>('carets');

export const Carets = Extension.create<{ awareness: Awareness }>({
  name: 'carets',
  priority: 999,

  addProseMirrorPlugins() {
    const { awareness } = this.options;
    return [
      new Plugin<DecorationSet>({
        key,
        state: {
          init: () => DecorationSet.empty,
          apply: (tr, set) => (tr.getMeta(key) as DecorationSet | undefined) ?? (tr.docChanged ? set.map(tr.mapping, tr.doc) : set),
        },
        props: { decorations: (state) => key.getState(state) },
        appendTransaction: (transactions, _old, state) => {
          // A caret may have come before the letters that it stands between.
          if (!transactions.some((tr) => tr.docChanged && isShared(tr))) return null;
          return state.tr.setMeta(key, drawn(state, awareness));
        },
        view: (view) => follow(view, awareness),
      }),
    ];
  },
});

/** Draws the carets of the others as they move, and tells them of one's own. */
function follow(view: EditorView, awareness: Awareness): { update: () => void; destroy: () => void } {
  const labels = new CaretLabels(view.dom, awareness);
  const changed = (change: Changed) => {
    const others = [...change.added, ...change.updated, ...change.removed].some((client) => client !== awareness.clientID);
    if (!others || view.isDestroyed) return;
    view.dispatch(view.state.tr.setMeta(key, drawn(view.state, awareness)));
    labels.changed(change);
  };
  awareness.on('change', changed);
  return {
    update: () => {
      const held = view.hasFocus() ? bindingKey.getState(view.state)?.binding.selection : null;
      if (held) announceCaret(awareness, held);
    },
    destroy: () => awareness.off('change', changed),
  };
}

interface Changed {
  added: number[];
  updated: number[];
  removed: number[];
}

function drawn(state: EditorState, awareness: Awareness): DecorationSet {
  const places = bindingKey.getState(state)?.binding.places;
  const end = state.doc.content.size;
  const all = peerCarets(awareness).flatMap(({ client, person, ...held }) => {
    const anchor = places?.absolute(held.anchor) ?? null;
    // Most have selected nothing, and each look goes through the text.
    const head = compareRelativePositions(held.anchor, held.head) ? anchor : (places?.absolute(held.head) ?? null);
    if (anchor === null || head === null || Math.max(anchor, head) > end) return [];
    const caret = Decoration.widget(head, () => caretElement(person, client), { key: `${client} ${person.name} ${person.color}`, side: -1 });
    const selection = { class: 'peer-selection', style: `--peer: ${person.color}` };
    const inline = { inclusiveStart: false, inclusiveEnd: false };
    return anchor === head ? [caret] : [caret, Decoration.inline(Math.min(anchor, head), Math.max(anchor, head), selection, inline)];
  });
  return DecorationSet.create(state.doc, all);
}

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
  /** By the element, which goes with its person. */
  readonly #fading = new WeakMap<HTMLElement, ReturnType<typeof setTimeout>>();

  constructor(root: HTMLElement, awareness: Awareness) {
    this.#root = root;
    this.#awareness = awareness;
  }

  changed({ added, updated }: Changed): void {
    for (const client of [...added, ...updated]) if (client !== this.#awareness.clientID) this.#show(client);
  }

  #show(client: number): void {
    const caret = this.#root.querySelector<HTMLElement>(`.peer-caret[data-client="${client}"]`);
    if (!caret || !personIn(this.#awareness.getStates().get(client))) return;
    this.#place(caret);
    caret.dataset.active = '';
    clearTimeout(this.#fading.get(caret));
    this.#fading.set(caret, setTimeout(() => delete caret.dataset.active, LABEL_MS));
  }

  /** Keeps the label inside the page, or what scrolls within it: under the caret on the first line, to its left at the right edge. */
  #place(caret: HTMLElement): void {
    const at = caret.getBoundingClientRect();
    const page = (caret.closest('.tableWrapper, pre') ?? this.#root).getBoundingClientRect();
    caret.toggleAttribute('data-below', at.top - page.top < LABEL_ROOM_PX.above);
    caret.toggleAttribute('data-left', page.right - at.left < LABEL_ROOM_PX.right);
  }
}
