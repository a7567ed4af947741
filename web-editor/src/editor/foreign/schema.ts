/** Makes the editor's schema hold what a survey found, and never refuse a node for its content. */
import { Extension, Mark, Node, type Extensions } from '@tiptap/core';
import { Fragment, NodeType, type Attrs, type Node as ProseNode, type Schema } from '@tiptap/pm/model';
import type { ForeignNode, Survey } from './survey';

/** Nodes and marks under their own names, so that the app they belong to finds them again whatever is edited around them. */
export function foreignExtensions({ nodes, marks, attributes }: Survey): Extensions {
  return [
    ...[...nodes].map(([name, kind]) => foreignNode(name, kind)),
    ...[...marks].map(([name, keys]) => foreignMark(name, keys)),
    Extension.create({
      name: 'foreignAttributes',
      addGlobalAttributes: () => [...attributes].map(([name, keys]) => ({ types: [name], attributes: hidden(keys) })),
    }),
  ];
}

function foreignNode(name: string, { inline, content, attributes }: ForeignNode): Node {
  const shown = inline ? 'span' : 'div';
  return Node.create({
    name,
    group: inline ? 'inline' : 'block',
    inline,
    atom: content === 'none',
    content: { none: '', inline: 'inline*', block: 'block*' }[content],
    addAttributes: () => hidden(attributes),
    parseHTML: () => [{ tag: `[data-foreign="${name}"]`, getAttrs: (element) => readAttributes(element, attributes) }],
    renderHTML: ({ node }) => {
      const shell = { class: 'foreign', 'data-foreign': name, 'data-foreign-attributes': JSON.stringify(node.attrs), 'data-label': label(name, node.attrs) };
      return content === 'none' ? [shown, shell] : [shown, shell, 0];
    },
    ...(content === 'none' ? { renderText: ({ node }: { node: ProseNode }) => label(name, node.attrs) } : {}),
  });
}

function foreignMark(name: string, attributes: Set<string>): Mark {
  return Mark.create({
    name,
    addAttributes: () => hidden(attributes),
    parseHTML: () => [{ tag: `span[data-foreign-mark="${name}"]`, getAttrs: (element) => readAttributes(element, attributes) }],
    renderHTML: ({ mark }) => ['span', { 'data-foreign-mark': name, 'data-foreign-attributes': JSON.stringify(mark.attrs) }, 0],
  });
}

/** Kept, never drawn: what it would do to the page is not known. */
function hidden(keys: Set<string>): Record<string, { default: null; rendered: false }> {
  return Object.fromEntries([...keys].map((key) => [key, { default: null, rendered: false }]));
}

function readAttributes(element: HTMLElement, keys: Set<string>): Attrs | false {
  try {
    const given: unknown = JSON.parse(element.dataset.foreignAttributes ?? '{}');
    if (typeof given !== 'object' || given === null) return false;
    return Object.fromEntries(Object.entries(given).filter(([key]) => keys.has(key)));
  } catch {
    return false;
  }
}

/** A mention reads as its name, anything else as what it is. */
function label(name: string, attributes: Attrs): string {
  const text: unknown = attributes.label ?? attributes.text ?? attributes.title;
  return typeof text === 'string' && text !== '' ? text.slice(0, 80) : name;
}

/**
 * Merging can leave a node whose content breaks the schema's rules: a list whose last items two people removed, a list item
 * of an app with other rules. The binding deletes a node it cannot build; so it is completed instead, and nothing is
 * written until somebody edits it. `unfit` hears of what cannot be completed.
 */
export function tolerate(schema: Schema, unfit: (what: string) => void): void {
  const strict = schema.node.bind(schema);
  schema.node = (type, attrs, content, marks) => {
    try {
      return strict(type, attrs, content, marks);
    } catch (error) {
      const known = type instanceof NodeType ? type : schema.nodes[type];
      const fitted = known && complete(known, attrs ?? null, Fragment.from(content));
      if (fitted) return fitted;
      unfit(String(error));
      // The editor is taken down before anything of this could be written.
      return known ? known.create(attrs, content, marks) : schema.nodes.paragraph!.create();
    }
  };
}

function complete(type: NodeType, attrs: Attrs | null, content: Fragment): ProseNode | null {
  let match = type.contentMatch;
  const children: ProseNode[] = [];
  const push = (node: ProseNode): boolean => {
    const next = match.matchType(node.type);
    if (next) {
      match = next;
      children.push(node);
    }
    return next !== null;
  };
  for (let index = 0; index < content.childCount; index += 1) {
    const child = content.child(index);
    if (push(child)) continue;
    const filler = match.fillBefore(Fragment.from(child));
    if (filler?.content.every(push) && push(child)) continue;
    const wrapping = match.findWrapping(child.type);
    const wrapped = wrapping?.reduceRight<ProseNode | null>((inner, outer) => inner && outer.createAndFill(null, inner), child);
    if (!wrapped || !push(wrapped)) return null;
  }
  const end = match.fillBefore(Fragment.empty, true);
  if (!end) return null;
  return type.create(attrs, Fragment.from([...children, ...end.content]));
}
