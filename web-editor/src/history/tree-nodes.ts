/** A text as documents kept it before they were flat, a tree of elements, as nodes of the editor's schema. Pure. */
import { Fragment, type Mark, type Node as ProseNode, type Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';
import type { Built, Change, Since } from './text-nodes';

type State = { kind: 'same' | 'insert' | 'delete'; who: number } | null;

const SAME: State = { kind: 'same', who: 0 };
/** Marks that may overlap themselves carry a hash behind their name. */
const HASHED = /(.*)--[a-zA-Z0-9+/=]{8}$/;
/** Nothing people write is nested deeper. */
const DEPTH_MAX = 100;

export class TreeNodes {
  readonly #schema: Schema;
  /** Nodes of elements that did not change since. */
  #cache = new WeakMap<Y.XmlElement, ProseNode>();
  #cached: Y.Doc | null = null;
  readonly #forget = (transaction: Y.Transaction) => {
    for (const type of [...transaction.changedParentTypes.keys(), ...transaction.changed.keys()]) this.#cache.delete(type as unknown as Y.XmlElement);
  };
  #compare: Since | null = null;
  #changes: Change[] = [];
  #at = 0;
  #depth = 0;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  build(fragment: Y.XmlFragment, compare: Since | null): Built {
    this.#watch(fragment.doc);
    this.#compare = compare;
    this.#changes = [];
    this.#at = 0;
    this.#depth = 0;
    const nodes = this.#children(fragment, false);
    const { doc, paragraph } = this.#schema.nodes;
    return { doc: doc!.create(null, nodes.length > 0 ? nodes : [paragraph!.create()]), changes: this.#changes };
  }

  destroy(): void {
    this.#watch(null);
  }

  #watch(doc: Y.Doc | null): void {
    if (doc === this.#cached) return;
    this.#cached?.off('afterTransaction', this.#forget);
    this.#cache = new WeakMap();
    this.#cached = doc;
    doc?.on('afterTransaction', this.#forget);
  }

  #children(parent: Y.XmlFragment, inline: boolean): ProseNode[] {
    const nodes: ProseNode[] = [];
    if (this.#depth >= DEPTH_MAX) return nodes;
    this.#depth += 1;
    for (let item = parent._start; item; item = item.right) {
      const type = item.content instanceof Y.ContentType ? item.content.type : null;
      const state = type && this.#stateOf(item);
      if (!type || !state) continue;
      if (type instanceof Y.XmlText) this.#textIn(type, inline, nodes);
      else if (type instanceof Y.XmlElement) this.#elementIn(type, state, inline, nodes);
    }
    this.#depth -= 1;
    return nodes;
  }

  #textIn(type: Y.XmlText, inline: boolean, nodes: ProseNode[]): void {
    if (inline) return void nodes.push(...this.#texts(type));
    this.#at += 1;
    const texts = this.#texts(type);
    this.#at += 1;
    if (texts.length > 0) nodes.push(this.#schema.nodes.paragraph!.create(null, texts));
    else this.#at -= 2;
  }

  #elementIn(element: Y.XmlElement, state: NonNullable<State>, inline: boolean, nodes: ProseNode[]): void {
    const from = this.#at;
    const noted = this.#changes.length;
    const kept = this.#compare ? undefined : this.#cache.get(element);
    const node = kept ?? this.#element(element, state, inline);
    if (node.isInline !== inline) {
      // Where it stands it cannot be shown.
      this.#at = from;
      this.#changes.length = noted;
      return;
    }
    if (!this.#compare) this.#cache.set(element, node);
    this.#at = from + node.nodeSize;
    nodes.push(node);
    if (state.kind !== 'same') this.#changes.push({ kind: state.kind, from, to: this.#at, who: state.who, block: !inline });
  }

  #element(element: Y.XmlElement, state: NonNullable<State>, inline: boolean): ProseNode {
    const { nodes } = this.#schema;
    const type = Object.hasOwn(nodes, element.nodeName) ? nodes[element.nodeName]! : null;
    const noted = this.#changes.length;
    this.#at += 1;
    if (!type || type.isText || type === this.#schema.topNodeType) return this.#foreign(element, inline);
    const children = type.isLeaf ? [] : this.#children(element, type.inlineContent);
    try {
      return type.create(attributesOf(element, state.kind === 'delete'), Fragment.from(children));
    } catch {
      this.#changes.length = noted;
      return inline ? this.#schema.text(' ') : nodes.paragraph!.create();
    }
  }

  /** A node of another app: its content if it has any, its name if not. */
  #foreign(element: Y.XmlElement, inline: boolean): ProseNode {
    const { nodes } = this.#schema;
    const label = () => this.#schema.text(`[${element.nodeName.slice(0, 40) || '?'}]`);
    if (inline) return label();
    const text = element.toArray().some((child) => child instanceof Y.XmlText);
    const children = this.#children(element, text);
    if (text) return nodes.paragraph!.create(null, children);
    return children.length > 0 ? nodes.blockquote!.create(null, children) : nodes.paragraph!.create(null, [label()]);
  }

  #texts(type: Y.XmlText): ProseNode[] {
    const marks = new Map<string, unknown>();
    const texts: ProseNode[] = [];
    for (let item = type._start; item; item = item.right) {
      const { content } = item;
      if (content instanceof Y.ContentFormat) {
        if (item.deleted) continue;
        if (content.value === null) marks.delete(content.key);
        else marks.set(content.key, content.value);
      } else if (content instanceof Y.ContentString) {
        const shown = this.#pieces(item, content.str);
        if (shown !== '') texts.push(this.#schema.text(shown, this.#marks(marks)));
      }
    }
    return texts;
  }

  #marks(marks: ReadonlyMap<string, unknown>): Mark[] {
    return [...marks].flatMap(([key, value]) => {
      const name = HASHED.exec(key)?.[1] ?? key;
      const type = Object.hasOwn(this.#schema.marks, name) ? this.#schema.marks[name]! : null;
      try {
        return type ? [type.create(typeof value === 'object' ? (value as Record<string, unknown>) : null)] : [];
      } catch {
        return [];
      }
    });
  }

  /** What of an item's text is shown; notes what of it changed. */
  #pieces(item: Y.Item, text: string): string {
    const compare = this.#compare;
    if (!compare) {
      if (item.deleted) return '';
      this.#at += text.length;
      return text;
    }
    const { client, clock } = item.id;
    const old = Math.min(text.length, Math.max(0, (compare.before.sv.get(client) ?? 0) - clock));
    if (!item.deleted) {
      const from = this.#at + old;
      this.#at += text.length;
      if (old < text.length) this.#changes.push({ kind: 'insert', from, to: this.#at, who: compare.inserted(client, clock + old), block: false });
      return text;
    }
    let shown = '';
    for (let at = 0; at < old; at += 1) {
      if (Y.isDeleted(compare.before.ds, Y.createID(client, clock + at))) continue;
      shown += text[at];
      const who = compare.deleted(client, clock + at);
      const last = this.#changes.at(-1);
      this.#at += 1;
      if (last?.kind === 'delete' && !last.block && last.to === this.#at - 1 && last.who === who) last.to = this.#at;
      else this.#changes.push({ kind: 'delete', from: this.#at - 1, to: this.#at, who, block: false });
    }
    return shown;
  }

  /** Null for what is not to be shown. */
  #stateOf(item: Y.Item): State {
    if (!this.#compare) return item.deleted ? null : SAME;
    const { before, inserted, deleted } = this.#compare;
    const { client, clock } = item.id;
    const known = clock < (before.sv.get(client) ?? 0);
    if (!item.deleted) return known ? SAME : { kind: 'insert', who: inserted(client, clock) };
    if (!known || Y.isDeleted(before.ds, item.id)) return null;
    return { kind: 'delete', who: deleted(client, clock) };
  }
}

/** Those of a deleted element were deleted with it. */
function attributesOf(element: Y.XmlElement, deleted: boolean): Record<string, unknown> {
  const attributes: Record<string, unknown> = {};
  for (const [key, item] of element._map) {
    if (item.deleted && !deleted) continue;
    attributes[key] = item.content.getContent()[item.length - 1];
  }
  return attributes;
}
