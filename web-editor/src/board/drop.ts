/**
 * Files that are put on a board. Images are Excalidraw's to insert; a drawing would replace the board of everybody at
 * once, so whoever brings one is asked first, and the others are told.
 */
import { loadFromBlob } from '@excalidraw/excalidraw';
import type { BinaryFileData } from '@excalidraw/excalidraw/types';
import { readDataUrl } from '../images/data-url';
import { pictureHead } from '../images/picture-head';
import { el } from '../page/dom';
import { toast } from '../page/toast';
import { drawingOf, type Drawing } from './drawing';
import type { Shape } from './entry';
import { refusalOf } from './image-data';

export interface Dropped extends Drawing {
  files: BinaryFileData[];
  /** Where on the screen. */
  at: { x: number; y: number };
}

export interface DropTarget {
  editable: () => boolean;
  isEmpty: () => boolean;
  add: (dropped: Dropped) => void;
  replace: (dropped: Dropped) => void;
}

const DRAWING_BYTES_MAX = 32 * 1024 * 1024;
const DRAWING_SHAPES_MAX = 10_000;
/** What marks an image that has its drawing in it. */
const MARK = 'application/vnd.excalidraw+json';
const ERROR_MS = 10_000;

export function takeDrops(root: HTMLElement, target: DropTarget): void {
  const passed = new WeakSet<Event>();
  const stop = (event: Event) => {
    event.preventDefault();
    event.stopPropagation();
  };
  const drop = (event: DragEvent) => {
    const file = event.dataTransfer?.files[0];
    if (passed.has(event) || !file) return;
    if (!target.editable()) {
      stop(event);
      return void toast('You can look at this board and not change it.');
    }
    if (refuse(event, event.dataTransfer?.files)) return;
    if (!isDrawingFile(file) && !['image/png', 'image/svg+xml'].includes(file.type)) return;
    stop(event);
    void take(file, event, target, (again) => {
      passed.add(again);
      event.target?.dispatchEvent(again);
    });
  };
  root.addEventListener('drop', drop, { capture: true });
  document.addEventListener('paste', (event) => {
    if (!refuse(event, event.clipboardData?.files) && target.editable() && isAtBoard(root)) pasteEmbedded(event.clipboardData);
  }, { capture: true });
}

/** The keys go to the board, and not to a field in it. */
function isAtBoard(root: HTMLElement): boolean {
  const active = document.activeElement;
  return root.contains(active) && !active?.matches('input, textarea, [contenteditable]');
}

/** Excalidraw reads images out of HTML only where they have an address; those whose bytes stand there become files. */
function pasteEmbedded(data: DataTransfer | null): void {
  const html = data?.getData('text/html') ?? '';
  if (!/data:image/i.test(html) || data!.files.length > 0) return;
  const { images } = new DOMParser().parseFromString(html, 'text/html');
  for (const address of new Set([...images].map((image) => image.getAttribute('src') ?? ''))) {
    const file = fileAt(address);
    if (!file) continue;
    const clipboardData = new DataTransfer();
    clipboardData.items.add(file);
    document.dispatchEvent(new ClipboardEvent('paste', { clipboardData, bubbles: true, cancelable: true }));
  }
}

/** Null where it holds no bytes, or nothing to see. */
function fileAt(address: string): File | null {
  if (!/^data:/i.test(address)) return null;
  try {
    const { type, bytes } = readDataUrl(address);
    const head = pictureHead(bytes);
    return head && (head.width <= 1 || head.height <= 1) ? null : new File([bytes], '', { type: head?.type ?? type });
  } catch {
    toast('An image was left out: it cannot be read.', { tone: 'error', ms: ERROR_MS });
    return null;
  }
}

/** What is neither image nor drawing is refused with a sentence, before Excalidraw tries to open it. */
function refuse(event: Event, files: FileList | undefined): boolean {
  const reason = [...(files ?? [])].map(refusalOf).find((refusal) => refusal !== null);
  if (!reason) return false;
  event.preventDefault();
  event.stopPropagation();
  toast(reason, { tone: 'error', ms: ERROR_MS });
  return true;
}

const isDrawingFile = ({ name }: File): boolean => /\.(?:excalidraw|json)$/i.test(name);

async function take(file: File, event: DragEvent, target: DropTarget, pass: (again: DragEvent) => void): Promise<void> {
  const at = { x: event.clientX, y: event.clientY };
  if (!isDrawingFile(file) && !(await hasDrawing(file))) return pass(sameDrop(file, at));
  const dropped = await read(file).catch(() => null);
  if (!dropped) return void toast(`${file.name} is not a drawing that can be read.`, { tone: 'error', ms: ERROR_MS });
  if (dropped.shapes.length > DRAWING_SHAPES_MAX) return void toast(`${file.name} has more than ${DRAWING_SHAPES_MAX.toLocaleString('en')} shapes.`, { tone: 'error', ms: ERROR_MS });
  if (dropped.shapes.length === 0) return void toast(`${file.name} has no shapes in it.`);
  const answer = target.isEmpty() ? 'add' : await ask(file.name);
  if (!target.editable() || answer === '') return;
  if (answer === 'replace') target.replace({ ...dropped, at });
  else target.add({ ...dropped, at });
  if (dropped.left > 0) toast(`Left out: ${dropped.left} of a kind that cannot be shared on a board.`);
}

async function hasDrawing(file: File): Promise<boolean> {
  if (file.size > DRAWING_BYTES_MAX) return false;
  return new TextDecoder('latin1').decode(await file.arrayBuffer()).includes(MARK);
}

async function read(file: File): Promise<Omit<Dropped, 'at'>> {
  if (file.size > DRAWING_BYTES_MAX) throw new Error('too large');
  const { elements, files } = await loadFromBlob(file, null, null);
  const drawing = drawingOf(elements as unknown as Shape[], () => crypto.randomUUID());
  const shown = new Set(drawing.shapes.map(({ fileId }) => fileId));
  return { ...drawing, files: Object.values(files ?? {}).filter(({ id }) => shown.has(id)) };
}

/** The same event once more: that of the browser is over when it is known what is in the file. */
function sameDrop(file: File, { x, y }: Dropped['at']): DragEvent {
  const dataTransfer = new DataTransfer();
  dataTransfer.items.add(file);
  return new DragEvent('drop', { dataTransfer, clientX: x, clientY: y, bubbles: true, cancelable: true });
}

/** Whether to `add` or to `replace`; empty when the person changed their mind. */
function ask(name: string): Promise<string> {
  const before = document.activeElement;
  const dialog = el('dialog', { class: 'dialog', 'aria-labelledby': 'drop-question' });
  const button = (answer: string, label: string, kind = '') => el('button', { type: 'button', class: `button ${kind}`, onclick: () => dialog.close(answer) }, label);
  dialog.append(
    el('h2', { id: 'drop-question' }, `Put ${name} on the board?`),
    el('p', {}, 'It can be added to the board, or replace what is there for everybody. Both can be undone.'),
    el('div', { class: 'dialog-actions' }, button('replace', 'Replace', 'dialog-remove'), button('', 'Cancel'), button('add', 'Add', 'primary')),
  );
  // The board would take the keys for its own.
  dialog.addEventListener('keydown', (event) => event.stopPropagation());
  document.body.append(dialog);
  dialog.showModal();
  dialog.querySelector<HTMLElement>('.primary')!.focus();
  return new Promise((resolve) => {
    dialog.addEventListener('close', () => {
      dialog.remove();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
      resolve(dialog.returnValue);
    });
  });
}
