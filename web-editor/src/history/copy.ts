/** A document of its own from a moment of the past, with the images it shows. */
import * as Y from 'yjs';
import { blobUrl, uploadBlob } from '../api/blobs';
import { createDocument, updateDocument } from '../api/documents';
import { sentence } from '../api/problem';
import { toast } from '../page/toast';
import { TITLE_MAX, titleOf } from '../title/title-text';
import { BODY, TEXT } from '../editor/binding/format';
import { cleanState } from './rebuild';

interface Copied {
  name: string;
  kind: 'document' | 'whiteboard';
  doc: Y.Doc;
  when: string;
}

const IMAGES_MAX = 200;
const HASH = /^[0-9a-f]{64}$/;

export async function copyToNew({ name, kind, doc, when }: Copied): Promise<void> {
  const copy = new Y.Doc();
  Y.applyUpdate(copy, cleanState(doc));
  const title = titleOf(copy);
  const suffix = ` (copy of ${when})`;
  title.insert(title.length, suffix.slice(0, Math.max(0, TITLE_MAX - title.length)));
  // Whoever was talking was not talking there.
  copy.getArray('chat').delete(0, copy.getArray('chat').length);
  try {
    const made = await createDocument({ kind, title: title.toString() });
    await copyImages(hashes(copy), name, made.name);
    await updateDocument(made.name, cleanState(copy));
    const open = () => location.assign(`${kind === 'whiteboard' ? '/w/' : '/d/'}${encodeURIComponent(made.name)}`);
    toast(`Copied to a new ${kind === 'whiteboard' ? 'board' : 'document'}.`, { action: { label: 'Open', run: open } });
  } catch (error) {
    toast(sentence(error), { tone: 'error', ms: 10_000 });
  } finally {
    copy.destroy();
  }
}

/** Images belong to one document each. */
async function copyImages(wanted: readonly string[], from: string, to: string): Promise<void> {
  for (const hash of wanted) {
    const response = await fetch(blobUrl(from, hash)).catch(() => null);
    if (response?.ok) await uploadBlob(to, await response.blob());
  }
}

/** Those of the images in it. */
export function hashes(doc: Y.Doc): string[] {
  const found = new Set<string>();
  const add = (hash: unknown) => typeof hash === 'string' && HASH.test(hash) && found.add(hash);
  for (const file of doc.getMap('files').values()) add((file as { hash?: unknown } | null)?.hash);
  for (const node of doc.getXmlFragment(BODY).createTreeWalker(() => true)) if (node instanceof Y.XmlElement && node.nodeName === 'image') add(node.getAttribute('blob'));
  for (let item = doc.getText(TEXT)._start; item; item = item.right) if (item.content instanceof Y.ContentType && item.content.type instanceof Y.Map) add(item.content.type.get('.blob'));
  return [...found].slice(0, IMAGES_MAX);
}
