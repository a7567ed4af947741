/**
 * Footnotes of other programs: a link to the note where it belongs, and notes with a link back. The links would lead nowhere
 * here, so the first becomes a raised number, the notes a numbered list where they stood.
 */

/** Where links to notes lead in Word, Google Docs, GitHub, Pandoc, markdown-it and Wikipedia. */
const NOTE = /^_?(?:user-content-)?(?:fn|ftn|ftnt|edn|cite_note|footnote)[-_:]?(?!ref)[\w.-]*$/i;
const BACK = /^_?(?:user-content-)?(?:fnref|ftnref|ftnt_ref|ednref|cite_ref|footnote-?ref)[\w.:-]*$/i;
const LABEL = /^\s*[[(]?\s*(\d{1,4}|[a-z]{1,5}|[*†‡§])\s*[\])]?\s*$/i;

export function footnotes(body: HTMLElement): void {
  for (const link of body.querySelectorAll<HTMLAnchorElement>('a[href*="#"]')) {
    const fragment = link.getAttribute('href')!.split('#').at(-1)!;
    if (BACK.test(fragment)) note(link);
    else if (NOTE.test(fragment)) reference(link);
  }
}

function reference(link: HTMLAnchorElement): void {
  const label = LABEL.exec(link.textContent ?? '')?.[1];
  if (!label) return;
  const raised = link.closest('sup') ?? link;
  const sign = link.ownerDocument.createElement('sup');
  sign.textContent = label;
  raised.replaceWith(sign);
}

/** In a list the item has its number already; a paragraph that begins with its number becomes an item. */
function note(link: HTMLAnchorElement): void {
  const label = LABEL.exec(link.textContent ?? '')?.[1];
  const block = link.closest<HTMLElement>('div[style*="mso-element"]') ?? link.closest<HTMLElement>('p');
  const inList = link.closest('li') !== null;
  const begins = block?.textContent?.trim().startsWith(link.textContent?.trim() ?? '');
  link.remove();
  if (inList || !block || !label || !begins) return;
  const item = block.ownerDocument.createElement('li');
  const before = previous(block);
  const list = before instanceof HTMLOListElement && before.dataset.notes !== undefined ? before : open(block, label);
  trimStart(block);
  list.append(item);
  if (block.tagName === 'P') item.append(block);
  else {
    item.append(...block.childNodes);
    block.remove();
  }
}

function open(block: HTMLElement, label: string): HTMLOListElement {
  const list = block.ownerDocument.createElement('ol');
  list.dataset.notes = '';
  if (/^\d+$/.test(label) && Number(label) !== 1) list.setAttribute('start', label);
  block.before(list);
  return list;
}

/** What stands before it, seen through the box that Google Docs puts around each note. */
function previous(block: HTMLElement): Element | null {
  const { parentElement: parent } = block;
  if (block.previousElementSibling || !parent || parent.tagName !== 'DIV') return block.previousElementSibling;
  const before = parent.previousElementSibling;
  return before?.tagName === 'DIV' ? before.lastElementChild : before;
}

/** The space between the number and the note. */
function trimStart(block: HTMLElement): void {
  const walker = block.ownerDocument.createTreeWalker(block, NodeFilter.SHOW_TEXT);
  for (let text = walker.nextNode(); text; text = walker.nextNode()) {
    text.nodeValue = text.nodeValue!.replace(/^\s+/, '');
    if (text.nodeValue !== '') return;
  }
}
