/** A board at a moment: a canvas of its own that cannot be drawn on. */
import { CaptureUpdateAction, Excalidraw } from '@excalidraw/excalidraw';
import type { BinaryFileData, ExcalidrawImperativeAPI } from '@excalidraw/excalidraw/types';
import type { OrderedExcalidrawElement } from '@excalidraw/excalidraw/element/types';
import { createRoot, type Root } from 'react-dom/client';
import type * as Y from 'yjs';
import { readBlob } from '../api/blobs';
import { fitted } from '../board/fit';
import { dataUrlOf } from '../board/image-data';
import { boxOf } from '../board/outline';
import { onTheme, themeOf } from '../board/theme';
import { isId } from '../board/values';
import { centred, toScreen, type Viewport } from '../board/viewport';
import { el } from '../page/dom';
import { Scene, shapeChanges, type ShapeChange } from './scene';
import type { Past, Stage } from './stage';
import type { Writer } from './people';

const UI = { canvasActions: { loadScene: false, saveToActiveFile: false, export: false, toggleTheme: false, saveAsImage: false, clearCanvas: false, changeViewBackgroundColor: false } } as const;
const IMAGES_MAX = 200;
const HASH = /^[0-9a-f]{64}$/;
const OUTLINES_MAX = 500;
const RESIZED_MS = 150;

export async function boardStage(root: HTMLElement, name: string): Promise<Stage> {
  const box = el('div', { class: 'history-canvas' });
  const over = el('div', { class: 'history-outlines', 'aria-hidden': 'true' });
  const region = el('div', { class: 'history-board', role: 'region' }, box, over);
  root.append(region);
  const react = createRoot(box);
  let stage: BoardStage | undefined;
  let unwatch = (): void => undefined;
  const api = await new Promise<ExcalidrawImperativeAPI>((resolve) => {
    const show = () =>
      react.render(
        <Excalidraw
          excalidrawAPI={resolve}
          onScrollChange={() => stage?.moved()}
          viewModeEnabled
          zenModeEnabled
          theme={themeOf()}
          UIOptions={UI}
          langCode="en"
          name="Board"
          aiEnabled={false}
          validateEmbeddable={false}
          handleKeyboardGlobally={false}
        />,
      );
    show();
    unwatch = onTheme(show);
  });
  stage = new BoardStage({ api, react, region, over, name, unwatch });
  return stage;
}

interface Outline extends ShapeChange {
  box: HTMLElement;
}

interface Parts {
  api: ExcalidrawImperativeAPI;
  react: Root;
  region: HTMLElement;
  over: HTMLElement;
  name: string;
  /** Stops following the theme. */
  unwatch: () => void;
}

class BoardStage implements Stage {
  readonly #api: ExcalidrawImperativeAPI;
  readonly #react: Root;
  readonly #region: HTMLElement;
  readonly #over: HTMLElement;
  readonly #name: string;
  readonly #unwatch: () => void;
  readonly #scene = new Scene(fitted);
  readonly #images = new Set<string>();
  #outlines: Outline[] = [];
  #fitted = false;
  #frame = 0;
  /** Another size of the window is another screen. */
  readonly #resized = new ResizeObserver(() => {
    clearTimeout(this.#timer);
    // After the canvas has heard of it.
    this.#timer = setTimeout(() => this.#fitted && this.fit(), RESIZED_MS);
  });
  #timer: ReturnType<typeof setTimeout> | undefined;

  constructor({ api, react, region, over, name, unwatch }: Parts) {
    this.#unwatch = unwatch;
    this.#api = api;
    this.#react = react;
    this.#region = region;
    this.#over = over;
    this.#name = name;
    this.#resized.observe(region);
  }

  show({ doc, compare }: Past): void {
    const shapes = this.#scene.shapes(doc);
    this.#api.updateScene({ elements: shapes as unknown as OrderedExcalidrawElement[], captureUpdate: CaptureUpdateAction.NEVER });
    // A drawing cannot be read out; how much there is can.
    this.#region.setAttribute('aria-label', `The board at this moment, ${shapes.length} ${shapes.length === 1 ? 'shape' : 'shapes'}`);
    this.#fetch(doc, shapes);
    this.#outline(compare ? shapeChanges(doc, compare).slice(0, OUTLINES_MAX) : [], compare?.writer);
    if (this.#fitted || shapes.length === 0) return;
    this.#fitted = true;
    this.fit();
  }

  changes(): number {
    return this.#outlines.length;
  }

  look(change: number): void {
    const outline = this.#outlines[change];
    if (!outline) return;
    const { x, y, width, height } = boxOf(outline.shape);
    const view = centred(this.#view(), { x: x + width / 2, y: y + height / 2 });
    this.#api.updateScene({ appState: { scrollX: view.scrollX, scrollY: view.scrollY }, captureUpdate: CaptureUpdateAction.NEVER });
    for (const { box } of this.#outlines) box.dataset.here = String(box === outline.box);
    this.moved();
  }

  fit(): void {
    this.#api.scrollToContent(undefined, { fitToContent: true });
    this.moved();
  }

  moved(): void {
    if (this.#outlines.length > 0) this.#frame ||= requestAnimationFrame(() => this.#place());
  }

  destroy(): void {
    cancelAnimationFrame(this.#frame);
    this.#resized.disconnect();
    clearTimeout(this.#timer);
    this.#unwatch();
    this.#react.unmount();
  }

  #view(): Viewport {
    const { scrollX, scrollY, zoom, width, height } = this.#api.getAppState();
    return { scrollX, scrollY, zoom: zoom.value, width, height };
  }

  #outline(changes: ShapeChange[], writer?: (number: number) => Writer): void {
    this.#outlines = changes.map((change) => {
      const { name, color } = writer!(change.who);
      const box = el('div', { class: 'history-outline', 'data-change': change.kind }, el('span', {}, change.kind === 'delete' ? `${name}, deleted` : name));
      box.style.setProperty('--who', color);
      return { ...change, box };
    });
    this.#over.replaceChildren(...this.#outlines.map(({ box }) => box));
    this.#place();
  }

  #place(): void {
    this.#frame = 0;
    const view = this.#view();
    for (const { shape, box } of this.#outlines) {
      const { x, y, width, height, angle } = boxOf(shape);
      const at = toScreen(view, { x, y });
      box.style.transform = `translate(${at.x - 4}px, ${at.y - 4}px) rotate(${angle}rad)`;
      box.style.width = `${width * view.zoom + 8}px`;
      box.style.height = `${height * view.zoom + 8}px`;
    }
  }

  #fetch(doc: Y.Doc, shapes: readonly Readonly<Record<string, unknown>>[]): void {
    const files = doc.getMap('files');
    for (const { fileId } of shapes) {
      if (!isId(fileId) || this.#images.has(fileId) || this.#images.size >= IMAGES_MAX) continue;
      const { hash } = (files.get(fileId) ?? {}) as { hash?: unknown };
      if (typeof hash !== 'string' || !HASH.test(hash)) continue;
      this.#images.add(fileId);
      void this.#image(fileId, hash);
    }
  }

  async #image(id: string, hash: string): Promise<void> {
    const blob = await readBlob(this.#name, hash).catch(() => null);
    // Without its bytes it stays a placeholder.
    if (!blob) return;
    this.#api.addFiles([{ id, dataURL: await dataUrlOf(blob), mimeType: blob.type, created: Date.now() } as unknown as BinaryFileData]);
  }
}
