/** The text of shared content of any app, for showing it where the editor cannot. */
import * as Y from 'yjs';

export function plainText(type: Y.XmlFragment): string {
  return type
    .toArray()
    .map((child) => textOf(child))
    .filter((text) => text !== '')
    .join('\n\n');
}

function textOf(type: Y.XmlElement | Y.XmlText | Y.XmlHook): string {
  if (type instanceof Y.XmlText) return (type.toDelta() as { insert: unknown }[]).map(({ insert }) => (typeof insert === 'string' ? insert : '')).join('');
  if (!(type instanceof Y.XmlElement)) return '';
  const children = type.toArray();
  const inline = children.some((child) => child instanceof Y.XmlText);
  return children.map((child) => textOf(child)).join(inline ? '' : '\n');
}
