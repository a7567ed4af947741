/** Puts nodes into a container by the rules of its schema: completes what is missing, wraps what needs it. Pure. */
import { Fragment, type ContentMatch, type Node as ProseNode, type NodeType, type Schema } from '@tiptap/pm/model';
import type { Attributes } from '../editor/binding/attributes';

/** More nodes between a container and what was put into it are not looked for. */
const WRAPPERS_MAX = 5;

/** The content of a node while it is put together. */
interface Content {
  match: ContentMatch;
  nodes: ProseNode[];
}

export class Fitter {
  /** Nodes that only the schema asked for. */
  readonly fillers = new WeakSet<ProseNode>();
  readonly #schema: Schema;
  readonly #wrappings = new Map<ContentMatch, Map<NodeType, readonly NodeType[] | null>>();

  constructor(schema: Schema) {
    this.#schema = schema;
  }

  /** The container with its children. What cannot be in it in any way stands between its two halves. */
  container(type: NodeType, attributes: Attributes | null, children: readonly ProseNode[]): readonly ProseNode[] {
    const nodes: ProseNode[] = [];
    let content: Content = { match: type.contentMatch, nodes: [] };
    const close = () => {
      if (content.nodes.length === 0) return;
      const end = this.#fill(content.match, null);
      if (end) nodes.push(type.create(attributes, Fragment.from([...content.nodes, ...end])));
      else nodes.push(...content.nodes);
      content = { match: type.contentMatch, nodes: [] };
    };
    for (const child of children) {
      if (this.#put(content, child)) continue;
      close();
      nodes.push(child);
    }
    close();
    return nodes;
  }

  /** The content of the document. What cannot be in it in any way is shown as its text. */
  top(children: readonly ProseNode[]): { content: Fragment; replaced: ReadonlyMap<ProseNode, ProseNode | null> } {
    const { topNodeType, nodes } = this.#schema;
    const content: Content = { match: topNodeType.contentMatch, nodes: [] };
    const replaced = new Map<ProseNode, ProseNode | null>();
    for (const child of children) {
      if (this.#put(content, child)) continue;
      const words = child.textContent;
      const shown = words === '' ? null : nodes.paragraph!.create(null, this.#schema.text(words));
      replaced.set(child, shown && this.#put(content, shown) ? shown : null);
    }
    const end = this.#fill(content.match, null) ?? [];
    return { content: Fragment.from([...content.nodes, ...end]), replaced };
  }

  #put(content: Content, child: ProseNode): boolean {
    const next = content.match.matchType(child.type);
    if (next) {
      content.match = next;
      content.nodes.push(child);
      return true;
    }
    const before = this.#fill(content.match, child);
    if (before) {
      for (const node of [...before, child]) this.#put(content, node);
      return true;
    }
    const wrapped = this.#wrap(content.match, child);
    return wrapped !== null && this.#put(content, wrapped);
  }

  /** What is missing before a node, or at the end; null if nothing helps. */
  #fill(match: ContentMatch, next: ProseNode | null): readonly ProseNode[] | null {
    if (!next && match.validEnd) return [];
    try {
      const filling = match.fillBefore(next ? Fragment.from(next) : Fragment.empty, next === null);
      filling?.forEach((node) => this.#note(node));
      return filling?.content ?? null;
    } catch {
      return null;
    }
  }

  #wrap(match: ContentMatch, child: ProseNode): ProseNode | null {
    let node = child;
    for (const type of this.#wrapping(match, child.type)?.toReversed() ?? []) {
      const before = type.contentMatch.matchType(node.type) ? [] : this.#fill(type.contentMatch, node);
      const content = Fragment.from([...(before ?? []), node]);
      const end = this.#fill(type.contentMatch.matchFragment(content)!, null);
      if (!end) return null;
      node = type.create(null, content.append(Fragment.from([...end])));
      this.fillers.add(node);
    }
    return node === child ? null : node;
  }

  /** The types between a container and what cannot be in it directly, outermost first. */
  #wrapping(match: ContentMatch, target: NodeType): readonly NodeType[] | null {
    let known = this.#wrappings.get(match);
    if (!known) this.#wrappings.set(match, (known = new Map()));
    let wrapping = known.get(target);
    if (wrapping === undefined) known.set(target, (wrapping = match.findWrapping(target) ?? this.#search(match, target)));
    return wrapping;
  }

  /** As the schema's own search, and also for what comes only behind something else. */
  #search(match: ContentMatch, target: NodeType): NodeType[] | null {
    const usable = Object.values(this.#schema.nodes).filter((type) => type.isBlock && !type.isLeaf && !type.isTextblock && !type.hasRequiredAttrs());
    const seen = new Set<NodeType>();
    let reached: { match: ContentMatch; chain: NodeType[] }[] = [{ match, chain: [] }];
    for (let depth = 0; depth < WRAPPERS_MAX && reached.length > 0; depth += 1) {
      const next: typeof reached = [];
      for (const from of reached) {
        for (const type of usable) {
          if (seen.has(type) || !accepts(from.match, type)) continue;
          seen.add(type);
          const chain = [...from.chain, type];
          if (accepts(type.contentMatch, target)) return chain;
          next.push({ match: type.contentMatch, chain });
        }
      }
      reached = next;
    }
    return null;
  }

  #note(node: ProseNode): void {
    this.fillers.add(node);
    node.descendants((inner) => void this.fillers.add(inner));
  }
}

function accepts(match: ContentMatch, type: NodeType): boolean {
  if (match.matchType(type)) return true;
  try {
    return match.fillBefore(Fragment.from(type.create())) !== null;
  } catch {
    return false;
  }
}
