/** The text of a document at a moment, in the editor's clothes and without its pen. */
import { Editor, Extension } from '@tiptap/core';
import type { Fragment, Node as ProseNode } from '@tiptap/pm/model';
import { Plugin, PluginKey } from '@tiptap/pm/state';
import { Decoration, DecorationSet } from '@tiptap/pm/view';
import { contentExtensions } from '../editor/editor';
import { el } from '../page/dom';
import { titleOf } from '../title/title-text';
import type { Comparing, Past, Stage } from './stage';
import { TextNodes, places, type Change } from './text-nodes';

const key = new PluginKey<DecorationSet>('history-changes');

const Changes = Extension.create({
  name: 'historyChanges',
  addProseMirrorPlugins: () => [
    new Plugin<DecorationSet>({
      key,
      state: {
        init: () => DecorationSet.empty,
        apply: (tr, set) => (tr.getMeta(key) as DecorationSet | undefined) ?? set.map(tr.mapping, tr.doc),
      },
      props: { decorations: (state) => key.getState(state) },
    }),
  ],
});

export function textStage(root: HTMLElement, name: string): Stage {
  return new TextStage(root, name);
}

class TextStage implements Stage {
  readonly #root: HTMLElement;
  readonly #title = el('p', { class: 'history-title', dir: 'auto' });
  readonly #here = el('div', { class: 'history-here', hidden: true });
  readonly #editor: Editor;
  readonly #nodes: TextNodes;
  #places: { from: number; to: number }[] = [];

  constructor(root: HTMLElement, name: string) {
    const sheet = el('div', { class: 'history-sheet' }, this.#title, this.#here);
    const scroll = el('div', { class: 'history-scroll' }, sheet);
    this.#root = scroll;
    root.append(scroll);
    this.#editor = new Editor({
      element: sheet,
      editable: false,
      injectCSS: false,
      extensions: [...contentExtensions(name), Changes],
      editorProps: { attributes: { class: 'prose', role: 'document', 'aria-label': 'The text at this moment', tabindex: '0' } },
    });
    this.#nodes = new TextNodes(this.#editor.schema);
  }

  show({ doc, compare, playing }: Past): void {
    const title = titleOf(doc).toString();
    this.#title.textContent = title || 'Untitled';
    this.#title.dataset.empty = String(title === '');
    this.#here.hidden = true;
    const built = this.#nodes.build(doc, compare);
    this.#places = places(built.changes);
    const { state, view } = this.#editor;
    const { from, to, nodes } = difference(state.doc.content, built.doc.content);
    const tr = state.tr;
    if (from < to || nodes.length > 0) tr.replaceWith(from, to, nodes);
    else if (!compare && key.getState(state) === DecorationSet.empty) return;
    view.dispatch(decorate(tr, built.changes, compare));
    if (playing && tr.docChanged) this.#follow(Math.min(from + 1, view.state.doc.content.size));
  }

  changes(): number {
    return this.#places.length;
  }

  look(change: number): void {
    const place = this.#places[change];
    if (!place) return;
    const { view } = this.#editor;
    const size = view.state.doc.content.size;
    const [top, bottom] = [view.coordsAtPos(Math.min(place.from, size)).top, view.coordsAtPos(Math.min(place.to, size), -1).bottom];
    const box = this.#root.getBoundingClientRect();
    const still = matchMedia('(prefers-reduced-motion: reduce)').matches;
    this.#root.scrollBy({ top: top - box.top - box.height / 3, behavior: still ? 'auto' : 'smooth' });
    const sheet = this.#here.parentElement!.getBoundingClientRect();
    this.#here.style.top = `${top - sheet.top}px`;
    this.#here.style.height = `${Math.max(24, bottom - top)}px`;
    this.#here.hidden = false;
  }

  destroy(): void {
    this.#nodes.destroy();
    this.#editor.destroy();
  }

  /** What is being written stays in view. */
  #follow(position: number): void {
    const { top } = this.#editor.view.coordsAtPos(position);
    const box = this.#root.getBoundingClientRect();
    if (top < box.top + 20 || top > box.bottom - 60) this.#root.scrollBy({ top: top - box.top - box.height / 2 });
  }
}

/** The blocks that differ: the rest of a long text stays as it is drawn. */
function difference(old: Fragment, next: Fragment): { from: number; to: number; nodes: ProseNode[] } {
  const shared = Math.min(old.childCount, next.childCount);
  let [first, last, from, to] = [0, 0, 0, old.size];
  for (; first < shared && old.child(first).eq(next.child(first)); first += 1) from += old.child(first).nodeSize;
  for (; last < shared - first; last += 1) {
    const [a, b] = [old.child(old.childCount - 1 - last), next.child(next.childCount - 1 - last)];
    if (!a.eq(b)) break;
    to -= a.nodeSize;
  }
  return { from, to, nodes: Array.from({ length: next.childCount - first - last }, (_, at) => next.child(first + at)) };
}

function decorate(tr: Editor['state']['tr'], changes: readonly Change[], compare: Comparing | null): Editor['state']['tr'] {
  if (!compare) return tr.setMeta(key, DecorationSet.empty);
  // A bar beside every item of a list in a list would be a fence.
  const shown = changes.filter(({ kind, from, block }) => !block || kind === 'change' || tr.doc.resolve(from).depth === 0 || tr.doc.nodeAt(from)?.isLeaf);
  const all = shown.map(({ kind, from, to, who, block }) => {
    const { name, color } = compare.writer(who);
    const done = kind === 'delete' ? 'deleted' : 'added';
    const attributes = { class: block ? 'history-block' : 'history-change', 'data-change': kind, style: `--who: ${color}`, ...(!block && { title: `${name} ${done} this` }) };
    return block ? Decoration.node(from, to, attributes) : Decoration.inline(from, to, attributes);
  });
  return tr.setMeta(key, DecorationSet.create(tr.doc, all));
}
