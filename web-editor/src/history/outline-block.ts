/** One block of a flat text as nodes of a schema, whatever it says of itself. Pure. */
import { Fragment, Mark, type MarkType, type Node as ProseNode, type NodeType, type Schema } from '@tiptap/pm/model';

export type Attributes = Readonly<Record<string, unknown>>;

export interface Block {
  /** Name of its node. */
  type: string;
  /** The containers around it, name and id by turns, outermost first. */
  in: readonly string[];
  attributes: Attributes | null;
  /** Its letters and inline atoms. */
  content: readonly ProseNode[];
  /** What an outline found out about it, for the next time; whoever makes a block leaves it out. */
  kept?: object;
}

export interface BlockNodes {
  /** The node of a type that holds no text. */
  atom: ProseNode | null;
  /** What holds the letters: the block's own node, or a paragraph behind the atom. */
  text: ProseNode | null;
}

type Rule = (value: unknown) => boolean;

const text: Rule = (value) => typeof value === 'string';
const flag: Rule = (value) => typeof value === 'boolean';
const simple: Rule = (value) => typeof value === 'string' || (typeof value === 'number' && Number.isFinite(value));
const whole = (least: number, most: number): Rule => (value) => Number.isInteger(value) && (value as number) >= least && (value as number) <= most;
/** As in HTML. */
const SPAN_MAX = 1_000;
const widths: Rule = (value) => Array.isArray(value) && value.length <= SPAN_MAX && value.every(whole(0, 100_000));
const CELL = { colspan: whole(1, SPAN_MAX), rowspan: whole(1, SPAN_MAX), colwidth: widths, align: text };

/** What else drawing, measuring and exporting would trip over. */
const RULES: Readonly<Record<string, Readonly<Record<string, Rule>>>> = {
  heading: { level: whole(1, 6) },
  codeBlock: { language: text },
  orderedList: { start: whole(-1e9, 1e9), type: text },
  taskItem: { checked: flag },
  image: { blob: text, type: text, width: simple, height: simple, alt: text, upload: text },
  tableCell: CELL,
  tableHeader: CELL,
  link: { href: text, target: text, rel: text, class: text, title: text },
};
const VALUE_DEPTH_MAX = 10;
/** Stands for one inline node where only letters may be, so that positions stay what they are. */
const OBJECT = '\ufffc';

/** The given attributes that this type has and that make sense; null if there are none. */
export function attributesFor(type: NodeType | MarkType, given: Attributes | null): Attributes | null {
  if (!given) return null;
  const rules = Object.hasOwn(RULES, type.name) ? RULES[type.name]! : {};
  const kept: Record<string, unknown> = {};
  for (const name of Object.keys(type.spec.attrs ?? {})) {
    if (!Object.hasOwn(given, name)) continue;
    const value = given[name];
    if (Object.hasOwn(rules, name) ? rules[name]!(value) : isPlain(value, 0)) kept[name] = value;
  }
  return valid(type, kept) ? kept : null;
}

export function blockNodes(schema: Schema, { type: name, attributes, content }: Block): BlockNodes {
  const paragraph = schema.nodes.paragraph!;
  const type = blockType(schema, name) ?? paragraph;
  const own = attributesFor(type, attributes);
  if (type.isTextblock) return { atom: null, text: textblock(type, own, content) ?? textblock(paragraph, null, content) ?? paragraph.create() };
  return { atom: type.create(own), text: content.length > 0 ? textblock(paragraph, null, content) : null };
}

/** A type that holds text, or one that is whole without anything in it. */
function blockType(schema: Schema, name: string): NodeType | null {
  const type = Object.hasOwn(schema.nodes, name) ? schema.nodes[name]! : null;
  if (!type || !type.isBlock || type === schema.topNodeType || type.hasRequiredAttrs()) return null;
  if (type.isTextblock) return type;
  return type.contentMatch.validEnd && schema.topNodeType.contentMatch.matchType(type) ? type : null;
}

/** Null if the type cannot hold this. */
function textblock(type: NodeType, attributes: Attributes | null, content: readonly ProseNode[]): ProseNode | null {
  const nodes: ProseNode[] = [];
  for (const node of content) {
    if (node.isInline) pushInline(type, node, nodes);
  }
  const fragment = Fragment.from(nodes);
  return type.validContent(fragment) ? type.create(attributes, fragment) : null;
}

function pushInline(type: NodeType, node: ProseNode, nodes: ProseNode[]): void {
  const marks = marksFor(type, node.marks);
  const { schema } = type;
  if (!node.isText) {
    if (fits(type, node.type)) nodes.push(Mark.sameSet(marks, node.marks) ? node : node.mark(marks));
    else if (fits(type, schema.nodes.text!)) nodes.push(schema.text(node.type === schema.linebreakReplacement ? '\n' : OBJECT, marks));
    return;
  }
  const { linebreakReplacement: lineBreak } = schema;
  const words = node.text!;
  if (!lineBreak || !words.includes('\n') || type.whitespace === 'pre' || !fits(type, lineBreak)) {
    nodes.push(Mark.sameSet(marks, node.marks) ? node : node.mark(marks));
    return;
  }
  words.split('\n').forEach((line, at) => {
    if (at > 0) nodes.push(lineBreak.create(null, null, marks));
    if (line !== '') nodes.push(schema.text(line, marks));
  });
}

function fits(type: NodeType, inner: NodeType): boolean {
  return type.contentMatch.matchType(inner) !== null;
}

/** Merging can put marks together that exclude each other. */
function marksFor(type: NodeType, marks: readonly Mark[]): readonly Mark[] {
  if (marks.length === 0) return marks;
  let set: readonly Mark[] = Mark.none;
  for (const mark of marks) if (type.allowsMarkType(mark.type) && valid(mark.type, mark.attrs)) set = mark.addToSet(set);
  return set;
}

function valid(type: NodeType | MarkType, attributes: Attributes): boolean {
  try {
    // Not in the library's types, and what its `check` calls.
    (type as unknown as { checkAttrs: (attributes: Attributes) => void }).checkAttrs(type.create(attributes).attrs);
    return true;
  } catch {
    return false;
  }
}

/** What JSON can say; shared types and bytes are no attribute. */
function isPlain(value: unknown, depth: number): boolean {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return true;
  if (typeof value === 'number') return Number.isFinite(value);
  if (typeof value !== 'object' || depth >= VALUE_DEPTH_MAX) return false;
  if (Array.isArray(value)) return value.every((one) => isPlain(one, depth + 1));
  const prototype: unknown = Object.getPrototypeOf(value);
  return (prototype === Object.prototype || prototype === null) && Object.values(value).every((one) => isPlain(one, depth + 1));
}
