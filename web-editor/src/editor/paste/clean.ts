/**
 * Clipboard HTML of other programs as plain structure: what it means stays, how it looked goes, and nothing of it runs or
 * loads. Works on a parsed document of its own, which neither fetches nor executes.
 */
import { pictureIn } from '../image/node';
import { isLinkAllowed } from '../menu/link-target';
import { footnotes } from './footnotes';
import { wordLists } from './word-lists';

const DROPPED = 'script, style, meta, link, title, base, iframe, frame, object, embed, svg, math, noscript, template, form > button, audio, video, canvas';
const KEPT = new Set([
  'P', 'H1', 'H2', 'H3', 'UL', 'OL', 'LI', 'BLOCKQUOTE', 'PRE', 'CODE', 'STRONG', 'B', 'EM', 'I', 'U', 'S', 'SUB', 'SUP', 'MARK', 'A', 'BR', 'HR', 'IMG',
  'TABLE', 'TBODY', 'THEAD', 'TFOOT', 'TR', 'TD', 'TH', 'DIV', 'DL', 'DT', 'DD',
]);
const RENAMED: Record<string, string> = { H4: 'h3', H5: 'h3', H6: 'h3', DEL: 's', STRIKE: 's', INS: 'u', CITE: 'em', KBD: 'code', SAMP: 'code', TT: 'code', XMP: 'pre' };
const BLOCKS = new Set(['P', 'H1', 'H2', 'H3', 'UL', 'OL', 'LI', 'BLOCKQUOTE', 'PRE', 'TABLE', 'DIV', 'HR']);
const HASH = /^[0-9a-f]{64}$/;

/** The attributes of the image at an address; null for one that this document cannot have. */
export type ImageOf = (address: string, alt: string) => Record<string, unknown> | null;

/** The clipboard's HTML, clean; of the editor's own, only what other pages could have put there goes. */
export function cleanPasted(html: string, imageOf: ImageOf = () => null): string {
  const { body } = new DOMParser().parseFromString(html, 'text/html');
  const own = body.querySelector('[data-pm-slice]') !== null;
  for (const element of body.querySelectorAll(DROPPED)) element.remove();
  if (!own) {
    footnotes(body);
    wordLists(body);
    highlights(body);
    unwrapDocs(body);
    nestLists(body);
    checklists(body);
    marks(body);
    layoutTables(body);
  }
  images(body, imageOf);
  if (!own) for (const element of [...body.querySelectorAll('*')]) simplify(element);
  for (const element of [...body.querySelectorAll('*')]) stripAttributes(element, own);
  comments(body);
  if (!own) blanks(body);
  return body.innerHTML;
}

/** Google Docs wraps everything in a bold that is not one. */
function unwrapDocs(body: HTMLElement): void {
  for (const element of body.querySelectorAll<HTMLElement>('b[id^="docs-internal-guid"], b, strong')) {
    if (/^(normal|[1-4]00)$/.test(element.style.fontWeight)) unwrap(element);
  }
}

/** A list directly in a list belongs to the item before it. */
function nestLists(body: HTMLElement): void {
  for (const list of body.querySelectorAll(':is(ul, ol) > :is(ul, ol)')) {
    const before = list.previousElementSibling;
    if (before?.tagName === 'LI') before.append(list);
    else {
      const item = list.ownerDocument.createElement('li');
      list.replaceWith(item);
      item.append(list);
    }
  }
}

/** Boxes to check: `role=checkbox` of Google Docs, an `input` of GitHub and many others. */
function checklists(body: HTMLElement): void {
  for (const item of body.querySelectorAll('li')) {
    const box = item.querySelector<HTMLInputElement>(':scope > input[type=checkbox], :scope > p:first-child > input[type=checkbox], :scope > label:first-child input[type=checkbox]');
    const role = item.getAttribute('role') === 'checkbox';
    if (!box && !role) continue;
    item.dataset.type = 'taskItem';
    item.dataset.checked = String(box ? box.hasAttribute('checked') : item.getAttribute('aria-checked') === 'true');
    box?.remove();
    // What only labels the box in Google Docs is a picture of it.
    if (role) item.querySelector(':scope > img')?.remove();
    if (item.parentElement?.tagName === 'UL') item.parentElement.dataset.type = 'taskList';
  }
  for (const input of body.querySelectorAll('input, select, textarea, button')) input.remove();
}

/** Weight, slant and lines that are only in a style become elements. */
function marks(body: HTMLElement): void {
  for (const element of [...body.querySelectorAll<HTMLElement>('[style]')]) {
    const { fontWeight, fontStyle } = element.style;
    const line = `${element.style.textDecoration} ${element.style.textDecorationLine}`;
    const block = BLOCKS.has(element.tagName) || element.tagName === 'TD' || element.tagName === 'TH';
    if (block && !/^(P|LI|DIV)$/.test(element.tagName)) continue;
    // A block's own line would underline whatever is in there.
    if (/^(bold|bolder|[6-9]00)$/.test(fontWeight) && !element.closest('h1, h2, h3, h4, h5, h6, th')) wrap(element, 'strong');
    if (/italic|oblique/.test(fontStyle)) wrap(element, 'em');
    if (/underline/.test(line) && !block && !element.closest('a') && !element.querySelector('a')) wrap(element, 'u');
    if (/line-through/.test(line) && !block) wrap(element, 's');
    const raised = /^(super|sub)$/.exec(element.style.verticalAlign)?.[1];
    if (raised && !block && !element.closest('sub, sup')) wrap(element, raised === 'sub' ? 'sub' : 'sup');
  }
  for (const bold of body.querySelectorAll(':is(h1, h2, h3, h4, h5, h6) :is(b, strong)')) unwrap(bold);
}

/**
 * What a marker pen was drawn over, in Word and in Google Docs. Elsewhere a background is how a page looks: copied code would be
 * all highlighted.
 */
function highlights(body: HTMLElement): void {
  for (const element of body.querySelectorAll<HTMLElement>('span[style*="mso-highlight"], b[id^="docs-internal-guid"] span[style*="background-color"]')) {
    const { backgroundColor } = element.style;
    const drawn = /mso-highlight/i.test(element.getAttribute('style') ?? '') || !/^(|transparent|white|#fff(fff)?|rgba?\(255, ?255, ?255.*|rgba\(.*, ?0\))$/.test(backgroundColor);
    if (drawn) wrap(element, 'mark');
  }
}

/** Mails are laid out in tables of one cell. */
function layoutTables(body: HTMLElement): void {
  for (const table of [...body.querySelectorAll('table')].reverse()) {
    const cells = table.querySelectorAll('td, th');
    if (cells.length === 1 || table.getAttribute('role') === 'presentation') {
      for (const part of table.querySelectorAll('tbody, thead, tr, td, th')) unwrap(part);
      unwrap(table);
    }
  }
}

/** Images of this server stay, also while they are on their way to it. Those of others would be fetched by everybody who opens the document, so they become links. */
function images(body: HTMLElement, imageOf: ImageOf): void {
  for (const image of body.querySelectorAll('img')) {
    const source = image.getAttribute('src') ?? '';
    if (HASH.test(image.dataset.blob ?? '') || (image.dataset.upload && !source)) continue;
    const text = image.alt.trim() || 'Image';
    const dot = image.width === 1 || image.height === 1;
    const found = dot ? null : imageOf(source, image.alt);
    if (found) {
      become(image, found);
    } else if (dot || !/^https?:/i.test(source)) {
      image.replaceWith(image.alt.trim());
    } else if (image.closest('a')) {
      image.replaceWith(text);
    } else {
      const link = body.ownerDocument.createElement('a');
      link.href = source;
      link.textContent = text;
      image.replaceWith(link);
    }
  }
}

/** Makes it the image of those attributes, in the size that the element asks for. */
export function become(image: HTMLImageElement, { width, height, ...found }: ReturnType<ImageOf> & object): void {
  const own = pictureIn({ attrs: { width, height } });
  const asked = pictureIn({ attrs: { width: image.getAttribute('width'), height: image.getAttribute('height') } });
  const scale = asked.width && own.width ? asked.width / own.width : asked.height && own.height ? asked.height / own.height : 1;
  const size = { width: asked.width ?? Math.round((own.width ?? 0) * scale), height: asked.height ?? Math.round((own.height ?? 0) * scale) };
  if (image.alt === '') image.removeAttribute('alt');
  image.removeAttribute('src');
  const given = { ...size, 'data-blob': found.blob, 'data-upload': found.upload, 'data-type': found.type };
  for (const [name, value] of Object.entries(given)) if (value) image.setAttribute(name, String(value));
}

function simplify(element: Element): void {
  const name = RENAMED[element.tagName];
  if (name) rename(element, name);
  else if (!KEPT.has(element.tagName)) unwrap(element);
  else if (element.tagName === 'A' && !element.textContent?.trim() && !element.querySelector('img')) unwrap(element);
}

const OWN = /^data-(pm-slice|type|checked|blob|upload|document|foreign|foreign-mark|foreign-attributes|language|colwidth)$/;

function stripAttributes(element: Element, own: boolean): void {
  const language = element.tagName === 'CODE' || element.tagName === 'PRE' ? /(?:^|\s)(?:language|lang|highlight-source)-([\w+#-]{1,30})/.exec(element.className)?.[1] : undefined;
  for (const { name, value } of [...element.attributes]) {
    if (!isKept(element, name, value, own)) element.removeAttribute(name);
  }
  if (language) (element.tagName === 'PRE' ? (element.querySelector('code') ?? element) : element).className = `language-${language}`;
}

function isKept(element: Element, name: string, value: string, own: boolean): boolean {
  if (name === 'href') return element.tagName === 'A' && isLinkAllowed(value);
  if (name === 'start') return element.tagName === 'OL' && /^\d{1,6}$/.test(value);
  if (name === 'colspan' || name === 'rowspan') return /^\d{1,3}$/.test(value);
  if (element.tagName === 'IMG' && /^(alt|width|height|data-blob|data-upload|data-document)$/.test(name)) return true;
  if (name === 'data-type' || name === 'data-checked') return true;
  return own && OWN.test(name);
}

function comments(body: HTMLElement): void {
  const walker = body.ownerDocument.createTreeWalker(body, NodeFilter.SHOW_COMMENT);
  const found: Node[] = [];
  while (walker.nextNode()) found.push(walker.currentNode);
  for (const comment of found) (comment as Comment).remove();
}

/** Lines between blocks, and paragraphs of a single space, are spacing and not content. */
function blanks(body: HTMLElement): void {
  for (const line of body.querySelectorAll('br')) {
    const near = [line.previousElementSibling, line.nextElementSibling];
    const alone = line.parentElement === body && near.every((sibling) => !sibling || BLOCKS.has(sibling.tagName) || sibling.tagName === 'BR');
    const text = [line.previousSibling, line.nextSibling].some((sibling) => sibling?.nodeType === Node.TEXT_NODE && sibling.textContent?.trim());
    if (alone && !text) line.remove();
  }
  for (const paragraph of body.querySelectorAll('p, div, h1, h2, h3')) {
    if (paragraph.closest('td, th, li')) continue;
    if (!paragraph.querySelector('img, hr, br, table') && (paragraph.textContent ?? '').replaceAll('\u00a0', ' ').trim() === '') paragraph.remove();
  }
}

function unwrap(element: Element): void {
  element.replaceWith(...element.childNodes);
}

function rename(element: Element, name: string): void {
  const renamed = element.ownerDocument.createElement(name);
  renamed.append(...element.childNodes);
  element.replaceWith(renamed);
}

function wrap(element: Element, name: string): void {
  if (!element.textContent?.trim()) return;
  const mark = element.ownerDocument.createElement(name);
  mark.append(...element.childNodes);
  element.append(mark);
}
