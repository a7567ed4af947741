/** The letters of a block as nodes of the editor's schema. Each letter is one position, whatever it stands for. */
import { Fragment, Mark, type MarkType, type Node as ProseNode, type NodeType, type Schema } from '@tiptap/pm/model';
import type * as Y from 'yjs';
import { attributesFor } from './attributes';
import { headOf, NO_FORMATS, type Formats } from './format';

/** Letters with their formats, an inline atom, or something of another app. */
export type Piece = { readonly formats: Formats } & ({ readonly text: string } | { readonly atom: Y.Map<unknown> | null });

/** Stands for what cannot be shown. */
const OBJECT = '\ufffc';

export class Inline {
  readonly #schema: Schema;
  readonly #marks = new WeakMap<Formats, readonly Mark[]>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** What `type` shows of the pieces; as many positions as they have units. */
  content(pieces: readonly Piece[], type: NodeType): Fragment {
    const nodes: ProseNode[] = [];
    for (const piece of pieces) {
      const marks = this.#allowed(this.marks(piece.formats), type);
      if ('text' in piece) this.#letters(piece.text, marks, type, nodes);
      else nodes.push(this.#atom(piece.atom, marks, type));
    }
    return nodes.length === 0 ? Fragment.empty : Fragment.fromArray(joined(nodes));
  }

  marks(formats: Formats): readonly Mark[] {
    if (formats === NO_FORMATS) return Mark.none;
    let marks = this.#marks.get(formats);
    if (!marks) this.#marks.set(formats, (marks = this.#build(formats)));
    return marks;
  }

  #build(formats: Formats): readonly Mark[] {
    let marks: readonly Mark[] = Mark.none;
    for (const [name, value] of Object.entries(formats)) {
      const type = Object.hasOwn(this.#schema.marks, name) ? this.#schema.marks[name]! : null;
      const mark = type && value !== null && create(type, value);
      if (mark) marks = mark.addToSet(marks as Mark[]);
    }
    return marks;
  }

  #allowed(marks: readonly Mark[], type: NodeType): readonly Mark[] {
    return marks.length === 0 ? marks : type.allowedMarks(marks);
  }

  #letters(text: string, marks: readonly Mark[], type: NodeType, nodes: ProseNode[]): void {
    const { hardBreak } = this.#schema.nodes;
    if (type.spec.code || !hardBreak || !text.includes('\n')) return void nodes.push(this.#schema.text(text, marks));
    text.split('\n').forEach((line, index) => {
      if (index > 0) nodes.push(hardBreak.create(null, null, marks));
      if (line !== '') nodes.push(this.#schema.text(line, marks));
    });
  }

  #atom(map: Y.Map<unknown> | null, marks: readonly Mark[], type: NodeType): ProseNode {
    const { foreignInline } = this.#schema.nodes;
    if (type.spec.code) return this.#schema.text(OBJECT, marks);
    const head = map && headOf(map);
    const known = head && Object.hasOwn(this.#schema.nodes, head.type) ? this.#schema.nodes[head.type]! : null;
    try {
      if (known?.isInline && known.isLeaf && !known.isText) return known.create(attributesFor(known, head!.attributes), null, marks);
    } catch {
      // Its attributes are none of that type.
    }
    if (!foreignInline) return this.#schema.text(OBJECT, marks);
    return foreignInline.create({ name: head?.type ?? null, given: head?.attributes ?? null }, null, marks);
  }
}

function create(type: MarkType, value: unknown): Mark | null {
  try {
    return type.create(typeof value === 'object' ? attributesFor(type, value as Record<string, unknown>) : null);
  } catch {
    return null;
  }
}

/** Neighbouring texts of the same marks are one node. */
function joined(nodes: ProseNode[]): ProseNode[] {
  const all: ProseNode[] = [];
  for (const node of nodes) {
    const last = all.at(-1);
    if (last?.isText && node.isText && last.sameMarkup(node)) all[all.length - 1] = node.type.schema.text(last.text! + node.text!, node.marks);
    else all.push(node);
  }
  return all;
}
