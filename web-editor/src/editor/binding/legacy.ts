/**
 * Texts that are still a tree in root `body`, as earlier pages and other apps write it. They are shown as they are; with the first
 * edit all of it is written once in the flat form. That edit is the same update whoever makes it from the same tree, by an author
 * whose number follows from the content, so that it counts once when several make it at the same time. `body` stays as it is.
 */
import type { Schema } from '@tiptap/pm/model';
import { digest } from 'lib0/hash/sha256';
import { encodeUtf8 } from 'lib0/string';
import * as Y from 'yjs';
import { BODY, CONTAINERS, containerKey, DEPTH_MAX, FORMAT, isFlat, isPlain, NO_FORMATS, pathValue, TEXT, VERSION, type Container, type Formats } from './format';
import { push, zipped, type Units } from './units';

/** Whether the document is a tree and nothing else. */
export function isTree(doc: Y.Doc): boolean {
  return doc.share.has(BODY) && !isFlat(doc) && doc.getXmlFragment(BODY).length > 0;
}

/** The update that brings the flat form of the document's tree. */
export function conversion(doc: Y.Doc, schema: Schema): Uint8Array {
  const { blocks, containers } = readTree(doc.getXmlFragment(BODY), schema);
  const flat = new Y.Doc({ gc: false });
  flat.clientID = author(JSON.stringify([blocks, containers]), doc);
  flat.transact(() => {
    flat.getMap(FORMAT).set(TEXT, VERSION);
    for (const [key, value] of containers) flat.getMap(CONTAINERS).set(key, value);
    const text = flat.getText(TEXT);
    text.applyDelta(blocks.flatMap(({ mark, pieces }) => [{ insert: mapOf(mark) }, ...pieces.map(({ insert, formats }) => ({ insert: insertable(insert), attributes: { ...formats } }))]));
    flat.getMap(FORMAT).set(`${ORIGINS}${flat.clientID}`, originsOf(text, blocks));
  });
  const update = Y.encodeStateAsUpdate(flat);
  flat.destroy();
  return update;
}

/**
 * Where the format says which unit of the text is which of the tree, behind this by the number of the author: clock, client, clock and
 * length by turns.
 */
export const ORIGINS = 'origins-';

type Entries = [key: string, value: unknown][];

/** Letters of one item with their formats; an inline atom by its entries, or null for what is none. */
/** What another app embedded in its text. */
interface Embedded {
  readonly embedded: object;
}

export interface TreePiece {
  readonly insert: string | Entries | Embedded | null;
  readonly formats: Formats;
  readonly units: Units;
}

export interface TreeBlock {
  readonly mark: Entries;
  /** The element, or the text, that it is. */
  readonly units: Units;
  readonly pieces: readonly TreePiece[];
}

/** The blocks of a tree, and the attributes of the containers around them. */
export function readTree(tree: Y.XmlFragment, schema: Schema): Pick<Reading, 'blocks' | 'containers'> {
  return new Reading(schema).read(tree);
}

export function mapOf(entries: Entries): Y.Map<unknown> {
  return new Y.Map(entries);
}

export function insertable(insert: TreePiece['insert']): string | object {
  if (typeof insert === 'string') return insert;
  if (insert === null) return {};
  return 'embedded' in insert ? insert.embedded : mapOf(insert);
}

function originsOf(text: Y.Text, blocks: readonly TreeBlock[]): number[] {
  const origins: number[] = [];
  const copies: Units[] = [];
  for (let item = text._start; item; item = item.right) if (item.countable) push(copies, { client: item.id.client, clock: item.id.clock, length: item.length });
  const tree = blocks.flatMap(({ units, pieces }) => [units, ...pieces.map((piece) => piece.units)]);
  for (const { copy, of } of zipped(copies, tree)) origins.push(copy.clock, of.client, of.clock, copy.length);
  return origins;
}

/** A number that follows from the content and that nobody has used here. */
function author(content: string, { store }: Y.Doc): number {
  for (let salt = 0; ; salt += 1) {
    const bytes = digest(encodeUtf8(`${salt} ${content}`));
    const number = new DataView(bytes.buffer, bytes.byteOffset).getUint32(0);
    if (Y.getState(store, number) === 0) return number;
  }
}

function unitsOf({ id, length }: Y.Item): Units {
  return { client: id.client, clock: id.clock, length };
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
      if (child instanceof Y.XmlText) this.#textblock([], [child], path, child);
      else if (child instanceof Y.XmlElement) this.#element(child, path);
      else this.#leaf('hook', [], path, child);
    }
  }

  #element(element: Y.XmlElement, path: readonly Container[]): void {
    const name = element.nodeName;
    const attributes = plainAttributes(element);
    const children = element.toArray();
    const type = Object.hasOwn(this.#schema.nodes, name) ? this.#schema.nodes[name]! : null;
    const holdsText = type ? type.isTextblock || type.isInline : children.some((child) => child instanceof Y.XmlText);
    if (holdsText) return this.#textblock(this.#mark(type?.isInline ? 'paragraph' : name, attributes), children, path, element);
    if (type?.isLeaf || children.length === 0 || path.length >= DEPTH_MAX) return this.#leaf(name, attributes, path, element, type === null);
    const { client, clock } = element._item!.id;
    const id = `${client.toString(36)}-${clock.toString(36)}`;
    for (const [key, value] of attributes) if (!this.#isStandard(name, key, value)) this.containers.push([containerKey(id, key), value]);
    this.#children(element, [...path, { name, id }]);
  }

  #leaf(name: string, attributes: Entries, path: readonly Container[], of: Y.AbstractType<any>, foreign = false): void {
    this.blocks.push({ mark: within(path, [...this.#mark(name, attributes), ...(foreign ? ([['leaf', true]] as Entries) : [])]), pieces: [], units: unitsOf(of._item!) });
  }

  #mark(name: string, attributes: Entries): Entries {
    const kept: Entries = attributes.filter(([key, value]) => !this.#isStandard(name, key, value)).map(([key, value]) => [`.${key}`, value]);
    return name === 'paragraph' ? kept : [['type', name], ...kept];
  }

  #isStandard(name: string, key: string, value: unknown): boolean {
    const spec = Object.hasOwn(this.#schema.nodes, name) ? this.#schema.nodes[name]!.spec.attrs?.[key] : undefined;
    return spec !== undefined && JSON.stringify(spec.default ?? null) === JSON.stringify(value ?? null);
  }

  #textblock(mark: Entries, children: readonly unknown[], path: readonly Container[], of: Y.AbstractType<any>): void {
    this.blocks.push({ mark: within(path, mark), pieces: children.flatMap((child) => this.#pieces(child)), units: unitsOf(of._item!) });
  }

  #pieces(child: unknown): TreePiece[] {
    if (child instanceof Y.XmlText) return textPieces(child);
    if (!(child instanceof Y.XmlElement)) return [];
    const units = unitsOf(child._item!);
    if (child.nodeName === 'hardBreak') return [{ insert: '\n', formats: NO_FORMATS, units }];
    const inside = child.toArray().flatMap((inner) => this.#pieces(inner));
    if (inside.length > 0) return inside;
    const attributes = plainAttributes(child).map(([key, value]): [string, unknown] => [`.${key}`, value]);
    return [{ insert: [['inline', true], ['type', child.nodeName], ...attributes], formats: NO_FORMATS, units }];
  }
}

/** Those that can be written once more: a shared type has one place. */
function plainAttributes(element: Y.XmlElement): Entries {
  return Object.entries(element.getAttributes() as Record<string, unknown>).filter(([, value]) => value !== undefined && value !== null && isPlain(value));
}

/** The letters that are there, an item each: what is copied from which has to be told. */
function textPieces(text: Y.XmlText): TreePiece[] {
  const pieces: TreePiece[] = [];
  const formats = new Map<string, unknown>();
  for (let item = text._start; item; item = item.right) {
    const { content } = item;
    if (item.deleted) continue;
    if (content instanceof Y.ContentFormat) {
      if (content.value === null) formats.delete(content.key);
      else formats.set(content.key, content.value);
    } else if (item.countable) {
      const units = unitsOf(item);
      if (content instanceof Y.ContentString) pieces.push({ insert: content.str, formats: sorted(formats), units });
      else if (content instanceof Y.ContentEmbed && isObject(content.embed)) pieces.push({ insert: { embedded: content.embed }, formats: sorted(formats), units });
      else for (let at = 0; at < units.length; at += 1) pieces.push({ insert: null, formats: sorted(formats), units: { ...units, clock: units.clock + at, length: 1 } });
    }
  }
  return pieces;
}

function within(path: readonly Container[], mark: Entries): Entries {
  return path.length === 0 ? mark : [...mark, ['in', pathValue(path)]];
}

/** Two who read the same text write the same update, in whatever order its formats came. */
function sorted(formats: ReadonlyMap<string, unknown>): Formats {
  return formats.size === 0 ? NO_FORMATS : Object.fromEntries([...formats].sort(([a], [b]) => (a < b ? -1 : 1)));
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
