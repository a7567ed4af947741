/** Gives the text to the person as a file or on the clipboard. What it takes is loaded when it is asked for. */
import type { Editor } from '@tiptap/core';
import { toast } from '../../page/toast';

const FAILED = 'The document could not be exported. Please try again.';

export async function saveMarkdown(editor: Editor, document: string, title: string): Promise<void> {
  await attempt(async () => {
    const { titleLine, toMarkdown } = await import('./markdown');
    const heading = title ? `${titleLine(title)}\n\n` : '';
    download(`${fileName(title)}.md`, 'text/markdown', heading + toMarkdown(editor.state.doc, document));
  });
}

export async function saveHtml(editor: Editor, document: string, title: string): Promise<void> {
  await attempt(async () => {
    const { toHtml } = await import('./html');
    download(`${fileName(title)}.html`, 'text/html', await toHtml(editor, document, title || 'Untitled'));
  });
}

export async function copyMarkdown(editor: Editor, document: string): Promise<void> {
  await attempt(async () => {
    const { toMarkdown } = await import('./markdown');
    await navigator.clipboard.writeText(toMarkdown(editor.state.doc, document));
    toast('Copied as Markdown');
  });
}

async function attempt(run: () => Promise<void>): Promise<void> {
  try {
    await run();
  } catch {
    toast(FAILED, { tone: 'error' });
  }
}

function download(name: string, type: string, text: string): void {
  const address = URL.createObjectURL(new Blob([text], { type: `${type};charset=utf-8` }));
  const link = document.createElement('a');
  link.href = address;
  link.download = name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(address), 10_000);
}

/** A title as a file name that every system takes. */
export function fileName(title: string): string {
  return title.replace(/[\\/:*?"<>|\p{Cc}\p{Cf}]+/gu, ' ').replace(/\s+/g, ' ').trim().replace(/^\.+|\.+$/g, '').slice(0, 80).trim() || 'Untitled';
}
