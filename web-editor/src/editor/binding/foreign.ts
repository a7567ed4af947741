/** What other apps, or newer pages, put into a text: shown by its name, kept as it is, and never taken for nothing. */
import { Node, type Extensions } from '@tiptap/core';
import type { Node as ProseNode } from '@tiptap/pm/model';

const LABEL_CHARS_MAX = 80;

const attributes = () => ({
  name: { default: null, rendered: false },
  given: { default: null, rendered: false },
});

/** A mention reads as its name, anything else as what it is. */
function label({ attrs }: ProseNode): string {
  const { name, given } = attrs as { name: unknown; given: unknown };
  const { label, text, title } = (typeof given === 'object' && given !== null ? given : {}) as Record<string, unknown>;
  const found = [label, text, title, name].find((value) => typeof value === 'string' && value !== '');
  return typeof found === 'string' ? found.slice(0, LABEL_CHARS_MAX) : '?';
}

function shell(node: ProseNode): Record<string, string> {
  const { name, given } = node.attrs as { name: unknown; given: unknown };
  return { class: 'foreign', 'data-foreign': String(name), 'data-foreign-attributes': JSON.stringify(given), 'data-label': label(node) };
}

function read(element: HTMLElement): { name: string; given: unknown } | false {
  try {
    return { name: element.dataset.foreign ?? '', given: JSON.parse(element.dataset.foreignAttributes ?? 'null') as unknown };
  } catch {
    return false;
  }
}

const ForeignBlock = Node.create({
  name: 'foreignBlock',
  group: 'block',
  content: 'block+',
  addAttributes: () => ({ name: attributes().name }),
  parseHTML: () => [{ tag: 'div[data-foreign]:not([data-leaf])', getAttrs: (element) => ({ name: element.dataset.foreign ?? '' }) }],
  renderHTML: ({ node }) => ['div', { class: 'foreign', 'data-foreign': String(node.attrs.name) }, 0],
});

const ForeignLeaf = Node.create({
  name: 'foreignLeaf',
  group: 'block',
  atom: true,
  addAttributes: attributes,
  parseHTML: () => [{ tag: 'div[data-foreign][data-leaf]', getAttrs: read }],
  renderHTML: ({ node }) => ['div', { ...shell(node), 'data-leaf': '' }],
  renderText: ({ node }) => label(node),
});

const ForeignInline = Node.create({
  name: 'foreignInline',
  group: 'inline',
  inline: true,
  atom: true,
  addAttributes: attributes,
  parseHTML: () => [{ tag: 'span[data-foreign]', getAttrs: read }],
  renderHTML: ({ node }) => ['span', shell(node)],
  renderText: ({ node }) => label(node),
});

export const foreignNodes: Extensions = [ForeignBlock, ForeignLeaf, ForeignInline];
