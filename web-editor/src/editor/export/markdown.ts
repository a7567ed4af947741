/** The text as Markdown, and Markdown as text. Loaded when it is first wanted. */
import type { Editor, JSONContent } from '@tiptap/core';
import { MarkdownManager } from '@tiptap/markdown';
import { blobUrl } from '../../api/blobs';
import { pictureIn } from '../image/node';

const managers = new WeakMap<Editor, MarkdownManager>();

function managerOf(editor: Editor): MarkdownManager {
  const known = managers.get(editor);
  if (known) return known;
  const manager = new MarkdownManager({ extensions: editor.extensionManager.baseExtensions, markedOptions: { gfm: true } });
  managers.set(editor, manager);
  return manager;
}

/** `document` is the name under which the images are kept. */
export function toMarkdown(editor: Editor, document: string): string {
  const content = prepare(editor.getJSON(), document);
  return `${managerOf(editor).serialize(content).replace(/\n{3,}/g, '\n\n').trim()}\n`;
}

/** Null where it holds nothing but a paragraph of plain text, or nothing the editor can take. */
export function parseMarkdown(editor: Editor, text: string): JSONContent[] | null {
  const parsed = managerOf(editor).parse(text.replace(/\r\n?/g, '\n')).content ?? [];
  // An image alone in its paragraph comes without it.
  const content = parsed.map((node) => (node.type === 'text' ? { type: 'paragraph', content: [node] } : node));
  const plain = content.every((node) => node.type === 'paragraph' && (node.content ?? []).every(({ marks }) => !marks?.length));
  if (plain) return null;
  try {
    editor.schema.nodeFromJSON({ type: 'doc', content }).check();
    return content;
  } catch {
    return null;
  }
}

/** The document knows an image by its hash only. */
function prepare(node: JSONContent, document: string): JSONContent {
  if (node.type === 'image') {
    const { blob, alt } = pictureIn({ attrs: node.attrs ?? {} });
    // Without the page's token: the file may be passed on.
    const src = blob ? new URL(blobUrl(document, blob).split('?')[0]!, location.origin).href : null;
    return { ...node, attrs: { src, alt } };
  }
  return node.content ? { ...node, content: node.content.map((child) => prepare(child, document)) } : node;
}
