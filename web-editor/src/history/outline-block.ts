/** One block of a flat text as nodes of a schema, whatever it says of itself. Pure. */
import { Fragment, Mark, type Node as ProseNode, type NodeType, type Schema } from '@tiptap/pm/model';
import { attributesFor, valid, type Attributes } from '../editor/binding/attributes';

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

/** Stands for one inline node where only letters may be, so that positions stay what they are. */
const OBJECT = '\ufffc';

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
