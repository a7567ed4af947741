/**
 * Finds content the editor's schema does not know: nodes, marks and attributes of other apps on the same document, or of newer
 * pages. The binding between Yjs and the editor deletes what it cannot build, for everybody; so this looks first. Pure.
 */
import type { Schema } from '@tiptap/pm/model';
import * as Y from 'yjs';

/** How a node of another app has been seen so far. */
export interface ForeignNode {
  inline: boolean;
  content: 'none' | 'inline' | 'block';
  attributes: Set<string>;
}

/** More kinds than this are not an app's schema but an attack. */
const KINDS_MAX = 64;
const NAME = /^[A-Za-z][\w-]{0,63}$/;
/** Marks that may overlap themselves carry a hash behind their name. */
const HASHED = /(.*)--[a-zA-Z0-9+/=]{8}$/;

export class Survey {
  readonly nodes = new Map<string, ForeignNode>();
  readonly marks = new Map<string, Set<string>>();
  /** Attributes of nodes and marks that the schema has, by their name. */
  readonly attributes = new Map<string, Set<string>>();
  /** Why the content cannot be shown in the editor at all; null while it can. */
  unfit: string | null = null;
  readonly #known: Schema;
  #grown = false;

  constructor(known: Schema) {
    this.#known = known;
  }

  /** Looks at a whole type; true if something was found that had not been seen. */
  look(type: Y.XmlFragment): boolean {
    this.#grown = false;
    if (type instanceof Y.XmlElement) this.#element(type, this.#known.nodes[type.nodeName]?.isInline ?? false);
    else this.#root(type);
    return this.#grown;
  }

  /** Looks at what a transaction changed. */
  lookAtChange(transaction: Y.Transaction): boolean {
    this.#grown = false;
    for (const type of transaction.changed.keys()) {
      if (type._item?.deleted) continue;
      if (type instanceof Y.XmlElement) this.#element(type, this.#isInline(type));
      else if (type instanceof Y.XmlFragment) this.#root(type);
      else if (type instanceof Y.XmlText) this.#text(type);
    }
    return this.#grown;
  }

  #root(root: Y.XmlFragment): void {
    for (const child of root.toArray()) {
      if (child instanceof Y.XmlElement) this.#element(child, false);
      else this.#refuse('text without a paragraph');
    }
  }

  #element(element: Y.XmlElement, inline: boolean): void {
    const name = element.nodeName;
    const known = this.#known.nodes[name];
    const children = element.toArray();
    const text = children.some((child) => child instanceof Y.XmlText);
    if (known) this.#knownAttributes(name, known.spec.attrs, Object.keys(element.getAttributes()));
    else this.#foreign(element, inline, text ? 'inline' : children.length > 0 ? 'block' : 'none');
    const inside = known ? known.inlineContent : text;
    for (const child of children) {
      if (child instanceof Y.XmlText) this.#text(child);
      else if (child instanceof Y.XmlElement) this.#element(child, inside);
      else this.#refuse('a hook');
    }
  }

  #foreign(element: Y.XmlElement, inline: boolean, content: ForeignNode['content']): void {
    const name = element.nodeName;
    if (!NAME.test(name) || name in Object.prototype || this.nodes.size >= KINDS_MAX) return this.#refuse(`the node “${name.slice(0, 40)}”`);
    const seen = this.nodes.get(name);
    const kind = seen ?? { inline, content, attributes: new Set<string>() };
    if (!seen) this.#grow(() => this.nodes.set(name, kind));
    if (kind.inline !== inline) this.#refuse(`“${name}” both in and between paragraphs`);
    if (kind.content !== content && content !== 'none') {
      if (kind.content === 'none') this.#grow(() => (kind.content = content));
      else this.#refuse(`“${name}” with text and blocks`);
    }
    this.#add(kind.attributes, Object.keys(element.getAttributes()));
  }

  #text(text: Y.XmlText): void {
    for (const { insert, attributes } of text.toDelta() as { insert: unknown; attributes?: Record<string, unknown> }[]) {
      if (typeof insert !== 'string') this.#refuse('an object in the text');
      for (const [key, value] of Object.entries(attributes ?? {})) this.#mark(HASHED.exec(key)?.[1] ?? key, value);
    }
  }

  #mark(name: string, value: unknown): void {
    const attributes = typeof value === 'object' && value !== null ? Object.keys(value) : [];
    const known = this.#known.marks[name];
    if (known) return this.#knownAttributes(name, known.spec.attrs, attributes);
    if (!NAME.test(name) || name in Object.prototype || this.marks.size >= KINDS_MAX) return this.#refuse(`the mark “${name.slice(0, 40)}”`);
    if (!this.marks.has(name)) this.#grow(() => this.marks.set(name, new Set()));
    this.#add(this.marks.get(name)!, attributes);
  }

  #knownAttributes(name: string, known: object | null | undefined, found: string[]): void {
    const missing = found.filter((key) => key !== 'ychange' && !Object.hasOwn(known ?? {}, key));
    if (missing.length === 0) return;
    if (!this.attributes.has(name)) this.attributes.set(name, new Set());
    this.#add(this.attributes.get(name)!, missing);
  }

  #add(to: Set<string>, keys: string[]): void {
    for (const key of keys) {
      if (to.has(key)) continue;
      if (key in Object.prototype || to.size >= KINDS_MAX) return this.#refuse(`the attribute “${key.slice(0, 40)}”`);
      this.#grow(() => to.add(key));
    }
  }

  /** A node of another app is inline where its parent holds text. */
  #isInline(element: Y.XmlElement): boolean {
    const known = this.#known.nodes[element.nodeName];
    return known ? known.isInline : (this.nodes.get(element.nodeName)?.inline ?? false);
  }

  #grow(change: () => void): void {
    change();
    this.#grown = true;
  }

  #refuse(what: string): void {
    if (this.unfit === null) this.#grow(() => (this.unfit = what));
  }
}
