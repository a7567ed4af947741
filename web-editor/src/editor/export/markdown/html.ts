/** Blocks as HTML in one line, for what Markdown has no signs for: cells that hold more than a line, or are merged. Pure. */
import type { Mark, Node } from '@tiptap/pm/model';
import { isLinkAllowed } from '../../menu/link-target';
import { escapeHtml } from './escape';

const MARKS: Record<string, string> = {
  bold: 'strong', italic: 'em', strike: 's', underline: 'u', code: 'code', subscript: 'sub', superscript: 'sup', highlight: 'mark',
};
const BLOCKS: Record<string, string> = {
  paragraph: 'p', blockquote: 'blockquote', bulletList: 'ul', listItem: 'li', tableRow: 'tr', tableCell: 'td', tableHeader: 'th',
};

/** `picture` gives the address of an image, and what it is called. */
export function writeHtml(node: Node, picture: (image: Node) => { src: string | null; alt: string }): string {
  const inside = () => {
    let html = '';
    node.forEach((child) => (html += writeHtml(child, picture)));
    return html;
  };
  switch (node.type.name) {
    case 'text':
      return marked(node, escapeHtml(node.text!));
    case 'hardBreak':
      return marked(node, '<br>');
    case 'horizontalRule':
      return '<hr>';
    case 'heading':
      return element(`h${node.attrs.level}`, {}, inside());
    case 'codeBlock': {
      const { language } = node.attrs;
      return `<pre>${element('code', { class: language ? `language-${language}` : null }, inside())}</pre>`;
    }
    case 'image': {
      const { src, alt } = picture(node);
      return src ? `<img src="${escapeHtml(src)}" alt="${escapeHtml(alt)}">` : element('p', {}, escapeHtml(alt));
    }
    case 'orderedList':
      return element('ol', { start: node.attrs.start === 1 ? null : node.attrs.start }, inside());
    case 'taskList':
      return element('ul', { 'data-type': 'taskList' }, inside());
    case 'taskItem':
      return element('li', { 'data-type': 'taskItem', 'data-checked': String(node.attrs.checked === true) }, inside());
    case 'table':
      // Spaces count: readers that go by the style keep them.
      return element('table', { style: 'white-space:pre-wrap' }, inside());
    case 'tableCell':
    case 'tableHeader':
      return element(BLOCKS[node.type.name]!, cell(node), inside());
    default:
      return element(BLOCKS[node.type.name] ?? (node.isInline ? 'span' : 'p'), {}, inside() || escapeHtml(node.isAtom ? node.type.name : ''));
  }
}

function cell({ attrs }: Node): Record<string, unknown> {
  const { colspan, rowspan, colwidth, align } = attrs;
  return { colspan: colspan === 1 ? null : colspan, rowspan: rowspan === 1 ? null : rowspan, colwidth: Array.isArray(colwidth) ? colwidth.join(',') : null, align };
}

function element(name: string, attributes: Record<string, unknown>, inside: string): string {
  const written = Object.entries(attributes).filter(([, value]) => value !== null && value !== undefined);
  return `<${name}${written.map(([key, value]) => ` ${key}="${escapeHtml(String(value))}"`).join('')}>${inside}</${name}>`;
}

function marked({ marks }: Node, inside: string): string {
  return marks.reduceRight((html, mark) => around(mark, html), inside);
}

function around({ type, attrs }: Mark, html: string): string {
  if (type.name !== 'link') return MARKS[type.name] ? element(MARKS[type.name]!, {}, html) : html;
  return typeof attrs.href === 'string' && isLinkAllowed(attrs.href) ? element('a', { href: attrs.href, title: attrs.title }, html) : html;
}
