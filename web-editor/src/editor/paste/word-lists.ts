/** Word's clipboard has no lists: paragraphs carry `mso-list:l0 level2 lfo1` in their style and their marker as text. */

interface Item {
  paragraph: HTMLElement;
  list: string;
  level: number;
  ordered: boolean;
  start: number;
}

const NUMBERED = /^\s*[([]?\s*(\d+|[a-z]{1,2}|[ivxlcdm]+)\s*[.)\]]/i;

/** Replaces runs of such paragraphs by lists, nested by their levels. */
export function wordLists(body: HTMLElement): void {
  let run: Item[] = [];
  const close = () => {
    if (run.length > 0) build(run);
    run = [];
  };
  for (const paragraph of [...body.querySelectorAll<HTMLElement>('p, h1, h2, h3, h4, h5, h6')]) {
    const item = itemOf(paragraph);
    const last = run.at(-1);
    if (last && (!item || !follows(last.paragraph, paragraph))) close();
    if (item) run.push(item);
  }
  close();
}

function itemOf(paragraph: HTMLElement): Item | null {
  // Browsers drop properties they do not know, so the style has to be read as text.
  const style = paragraph.getAttribute('style') ?? '';
  const [, list, level] = /mso-list:\s*(l\d+)\s+level(\d)/i.exec(style) ?? [];
  if (!list || !level) return null;
  const marker = [...paragraph.querySelectorAll<HTMLElement>('span')].find((span) => /mso-list:\s*ignore/i.test(span.getAttribute('style') ?? ''));
  const text = marker?.textContent ?? '';
  marker?.remove();
  const [, number] = NUMBERED.exec(text) ?? [];
  return { paragraph, list, level: Number(level), ordered: number !== undefined, start: number && /^\d+$/.test(number) ? Number(number) : 1 };
}

/** Whether nothing but space lies between two paragraphs. */
function follows(before: Element, after: Element): boolean {
  for (let next = before.nextSibling; next; next = next.nextSibling) {
    if (next === after) return true;
    if (next.nodeType === Node.COMMENT_NODE || !next.textContent?.trim()) continue;
    return false;
  }
  return false;
}

function build(items: Item[]): void {
  const open: { list: HTMLElement; item: Item; last: HTMLElement }[] = [];
  for (const item of items) {
    const { paragraph, level, ordered } = item;
    while (open.length > 0 && open.at(-1)!.item.level > level) open.pop();
    const same = open.at(-1);
    const entry = paragraph.ownerDocument.createElement('li');
    if (same?.item.level === level && same.item.ordered === ordered && same.item.list === item.list) {
      same.list.append(entry);
      same.last = entry;
    } else {
      if (same?.item.level === level) open.pop();
      const list = paragraph.ownerDocument.createElement(ordered ? 'ol' : 'ul');
      if (ordered && item.start !== 1) list.setAttribute('start', String(item.start));
      const parent = open.at(-1);
      if (parent) parent.last.append(list);
      else paragraph.before(list);
      list.append(entry);
      open.push({ list, item, last: entry });
    }
    const inner = paragraph.ownerDocument.createElement('p');
    inner.append(...paragraph.childNodes);
    entry.append(inner);
    paragraph.remove();
  }
}
