/** The text as one HTML file that needs nothing else: images are in it, scripts are not. */
import { getHTMLFromFragment, type Editor } from '@tiptap/core';
import { blobUrl } from '../../api/blobs';
import { isLinkAllowed } from '../menu/link-target';

/** Images beyond this are left out of the file, in favour of their description. */
const IMAGES_BYTES_MAX = 64 * 1024 * 1024;
const STYLE = `body{max-width:44rem;margin:3rem auto;padding:0 1rem;font:17px/1.65 system-ui,sans-serif;color:#1f2023;overflow-wrap:break-word}
h1,h2,h3{line-height:1.3}img{max-width:100%;height:auto}table{border-collapse:collapse}td,th{padding:.4em .7em;border:1px solid #c8c8c4;text-align:start;vertical-align:top}
th{background:#f1f1ef}pre{padding:1em;overflow-x:auto;border-radius:8px;background:#f1f1ef}code{font-family:ui-monospace,monospace;font-size:.9em}
blockquote{margin-inline:0;padding-inline-start:1em;border-inline-start:3px solid #8a8a86;color:#45474d}ul[data-type=taskList]{padding-inline-start:0;list-style:none}
ul[data-type=taskList] li{display:flex;gap:.5em}ul[data-type=taskList] p{margin:0}li p{margin:.2em 0}`;

export async function toHtml(editor: Editor, document: string, title: string): Promise<string> {
  const { body } = new DOMParser().parseFromString(getHTMLFromFragment(editor.state.doc.content, editor.schema), 'text/html');
  await embedImages(body, document);
  tidy(body);
  const page = new DOMParser().parseFromString(`<!doctype html><html><head><meta charset="utf-8"><meta name="viewport" content="width=device-width, initial-scale=1"><title></title><style>${STYLE}</style></head><body></body></html>`, 'text/html');
  page.title = title;
  const heading = page.createElement('h1');
  heading.textContent = title;
  page.body.append(heading, ...body.childNodes);
  return `<!doctype html>\n${page.documentElement.outerHTML}\n`;
}

async function embedImages(body: HTMLElement, document: string): Promise<void> {
  let room = IMAGES_BYTES_MAX;
  for (const image of body.querySelectorAll<HTMLImageElement>('img:not([data-blob])')) image.replaceWith(`[${image.alt || 'Image'}]`);
  for (const image of body.querySelectorAll<HTMLImageElement>('img[data-blob]')) {
    const response = await fetch(blobUrl(document, image.dataset.blob!)).catch(() => null);
    const blob = response?.ok ? await response.blob() : null;
    room -= blob?.size ?? 0;
    if (blob && room >= 0 && blob.type.startsWith('image/')) image.src = await dataUrl(blob);
    else image.replaceWith(`[${image.alt || 'Image'}]`);
  }
}

function dataUrl(blob: Blob): Promise<string> {
  return new Promise((resolve, reject) => {
    const reader = new FileReader();
    reader.onload = () => resolve(String(reader.result));
    reader.onerror = () => reject(reader.error ?? new Error('the image could not be read'));
    reader.readAsDataURL(blob);
  });
}

/** What only the editor needs goes; of addresses only those stay that a link may have. */
function tidy(body: HTMLElement): void {
  for (const element of body.querySelectorAll('*')) {
    for (const { name, value } of [...element.attributes]) {
      const bad = name.startsWith('on') || (name === 'href' && !isLinkAllowed(value)) || (name === 'src' && !/^data:image\/(png|jpeg|gif|webp|avif);/.test(value));
      const ours = /^(data-(?!type|checked)|style|class$|contenteditable)/.test(name) && !(name === 'class' && element.tagName === 'CODE');
      if (bad || ours) element.removeAttribute(name);
    }
    if (element.tagName === 'INPUT') element.setAttribute('disabled', '');
    if (element.tagName === 'A') element.setAttribute('rel', 'noopener noreferrer nofollow');
  }
}
