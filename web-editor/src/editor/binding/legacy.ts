/**
 * Texts that are still a tree in root `body`, as earlier pages and other apps write it. They are shown as they are; with the first
 * edit all of it is written once in the flat form. That edit is the same update whoever makes it from the same tree, by an author
 * whose number follows from the content, so that it counts once when several make it at the same time. `body` stays as it is.
 */
import type { Schema } from '@tiptap/pm/model';
import { digest } from 'lib0/hash/sha256';
import { encodeUtf8 } from 'lib0/string';
import * as Y from 'yjs';
import { BODY, CONTAINERS, containerKey, DEPTH_MAX, FORMAT, isFlat, NO_FORMATS, pathValue, TEXT, VERSION, type Container, type Formats } from './format';

/** Whether the document is a tree and nothing else. */
export function isTree(doc: Y.Doc): boolean {
  return doc.share.has(BODY) && !isFlat(doc) && doc.getXmlFragment(BODY).length > 0;
}

/** The update that brings the flat form of the document's tree. */
export function conversion(doc: Y.Doc, schema: Schema): Uint8Array {
  const tree = new Reading(schema).read(doc.getXmlFragment(BODY));
  const flat = new Y.Doc({ gc: false });
  flat.clientID = author(JSON.stringify([tree.blocks.map(({ mark, pieces }) => [mark, pieces]), tree.containers]), doc);
  flat.transact(() => {
    flat.getMap(FORMAT).set(TEXT, VERSION);
    flat.getMap(FORMAT).set(SEEN, seenOf(doc.getXmlFragment(BODY)));
    const containers = flat.getMap(CONTAINERS);
    for (const [key, value] of tree.containers) containers.set(key, value);
    flat.getText(TEXT).applyDelta(tree.blocks.flatMap(({ mark, pieces }) => [{ insert: mapOf(mark) }, ...pieces.map(({ insert, attributes }) => ({ insert: typeof insert === 'string' ? insert : insert === null ? {} : mapOf(insert), attributes: { ...attributes } }))]));
  });
  const update = Y.encodeStateAsUpdate(flat);
  flat.destroy();
  return update;
}

/** Where the format says up to where the tree is in the text: clocks by client, as far as the tree has them. */
export const SEEN = 'seen';
/** The key of a mark that names the element it was. */
export const WAS = 'was';

/** Clocks behind the last item of the tree, by client. */
export function seenOf(tree: Y.XmlFragment): Record<string, number> {
  const seen = new Map<number, number>();
  const look = (type: Y.AbstractType<any>) => {
    for (let item = type._start; item; item = item.right) {
      seen.set(item.id.client, Math.max(seen.get(item.id.client) ?? 0, item.id.clock + item.length));
      if (item.content instanceof Y.ContentType) look(item.content.type);
    }
  };
  look(tree);
  return Object.fromEntries([...seen].sort(([a], [b]) => a - b));
}

export function nameOf({ client, clock }: Y.ID): string {
  return `${client.toString(36)}-${clock.toString(36)}`;
}

/** The blocks of a tree. */
export function blocksOf(tree: Y.XmlFragment, schema: Schema): readonly TreeBlock[] {
  return new Reading(schema).read(tree).blocks;
}

type Entries = [key: string, value: unknown][];

interface TreePiece {
  readonly insert: string | Entries | null;
  readonly attributes: Formats;
}

export interface TreeBlock {
  readonly mark: Entries;
  readonly pieces: TreePiece[];
  /** The element it is of. */
  readonly element: Y.XmlElement | null;
}

export function mapOf(entries: Entries): Y.Map<unknown> {
  return new Y.Map(entries);
}

/** A number that follows from the content and that nobody has used here. */
function author(content: string, { store }: Y.Doc): number {
  for (let salt = 0; ; salt += 1) {
    const bytes = digest(encodeUtf8(`${salt} ${content}`));
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (Y.getState(store, number) === 0) return number;
  }
}

class Reading {
  readonly blocks: TreeBlock[] = [];
  readonly containers: [key: string, value: unknown][] = [];
  readonly #schema: Schema;

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  read(root: Y.XmlFragment): Reading {
    this.#children(root, []);
    return this;
  }

  #children(parent: Y.XmlFragment, path: readonly Container[]): void {
    for (const child of parent.toArray()) {
      if (child instanceof Y.XmlText) this.#textblock([], [child], path, null);
      else if (child instanceof Y.XmlElement) this.#element(child, path);
      else this.#leaf('hook', [], path);
    }
  }

  #element(element: Y.XmlElement, path: readonly Container[]): void {
    const name = element.nodeName;
    const attributes = Object.entries(element.getAttributes() as Record<string, unknown>).filter(([, value]) => value !== undefined && value !== null);
    const children = element.toArray();
    const type = Object.hasOwn(this.#schema.nodes, name) ? this.#schema.nodes[name]! : null;
    const holdsText = type ? type.isTextblock || type.isInline : children.some((child) => child instanceof Y.XmlText);
    if (holdsText) return this.#textblock([...this.#mark(type?.isInline ? 'paragraph' : name, attributes), [WAS, nameOf(element._item!.id)]], children, path, element);
    if (type?.isLeaf || children.length === 0 || path.length >= DEPTH_MAX) return this.#leaf(name, attributes, path, type === null);
    const id = nameOf(element._item!.id);
    for (const [key, value] of attributes) if (!this.#isStandard(name, key, value)) this.containers.push([containerKey(id, key), value]);
    this.#children(element, [...path, { name, id }]);
  }

  #leaf(name: string, attributes: Entries, path: readonly Container[], foreign = false): void {
    this.blocks.push({ mark: within(path, [...this.#mark(name, attributes), ...(foreign ? ([['leaf', true]] as Entries) : [])]), pieces: [], element: null });
  }

  #mark(name: string, attributes: Entries): Entries {
    const kept: Entries = attributes.filter(([key, value]) => !this.#isStandard(name, key, value)).map(([key, value]) => [`.${key}`, value]);
    return name === 'paragraph' ? kept : [['type', name], ...kept];
  }

  #isStandard(name: string, key: string, value: unknown): boolean {
    const spec = Object.hasOwn(this.#schema.nodes, name) ? this.#schema.nodes[name]!.spec.attrs?.[key] : undefined;
    return spec !== undefined && JSON.stringify(spec.default ?? null) === JSON.stringify(value ?? null);
  }

  #textblock(mark: Entries, children: readonly unknown[], path: readonly Container[], element: Y.XmlElement | null): void {
    this.blocks.push({ mark: within(path, mark), pieces: children.flatMap((child) => this.#pieces(child)), element });
  }

  #pieces(child: unknown): TreePiece[] {
    if (child instanceof Y.XmlText) {
      return (child.toDelta() as { insert: unknown; attributes?: Formats }[]).map(({ insert, attributes = NO_FORMATS }) => ({ insert: typeof insert === 'string' ? insert : null, attributes: sorted(attributes) }));
    }
    if (!(child instanceof Y.XmlElement)) return [{ insert: null, attributes: NO_FORMATS }];
    if (child.nodeName === 'hardBreak') return [{ insert: '\n', attributes: NO_FORMATS }];
    const inside = child.toArray().flatMap((inner) => this.#pieces(inner));
    if (inside.length > 0) return inside;
    return [{ insert: [['inline', true], ['type', child.nodeName], ...Object.entries(child.getAttributes() as Record<string, unknown>).map(([key, value]): [string, unknown] => [`.${key}`, value])], attributes: NO_FORMATS }];
  }
}

function within(path: readonly Container[], mark: Entries): Entries {
  return path.length === 0 ? mark : [...mark, ['in', pathValue(path)]];
}

/** Two who read the same text write the same update, in whatever order its formats came. */
function sorted(formats: Formats): Formats {
  return Object.fromEntries(Object.entries(formats).filter(([, value]) => value !== null).sort(([a], [b]) => (a < b ? -1 : 1)));
}
