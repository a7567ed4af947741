/** A board on the page: canvas, binding, images and the others, put together. */
import { CaptureUpdateAction } from '@excalidraw/excalidraw';
import type { AppState, BinaryFileData } from '@excalidraw/excalidraw/types';
import type { OrderedExcalidrawElement } from '@excalidraw/excalidraw/element/types';
import type { Awareness } from 'y-protocols/awareness';
import type { Session } from '../session/session';
import { toast } from '../page/toast';
import { Binding } from './binding';
import { mountCanvas, type Canvas, type View } from './canvas';
import { movedTo } from './drawing';
import { takeDrops, type DropTarget, type Dropped } from './drop';
import type { Shape } from './entry';
import { TextField } from './field';
import { fitted as fittedText } from './fit';
import { Images } from './images';
import { Overlay } from './overlay';
import { peerIn } from './peers';
import { OwnPointer } from './pointer';
import { Replaced } from './replaced';
import type { Scene, Surroundings } from './scene';
import { Sync } from './sync';
import { UndoWatch } from './undo';
import { ZOOM_MAX, centred, fitted, toScene, type Viewport } from './viewport';

/** In awareness: `reads` or `writes`. */
const KNOWS_LETTERS = 'letters';

export interface BoardOptions {
  session: Session;
  /** The element Excalidraw is built into. */
  canvas: HTMLElement;
  /** Around it: cursors are drawn over it. */
  around: HTMLElement;
  view: View;
}

export class Board {
  readonly canvas: Canvas;
  readonly binding: Binding;
  readonly #session: Session;
  readonly #sync: Sync;
  readonly #images: Images;
  readonly #pointer: OwnPointer;
  readonly #overlay: Overlay;
  readonly #replaced: Replaced;
  readonly #root: HTMLElement;
  #editable: boolean;
  /** Everything was brought into view once, as the board was opened. */
  #fitted = false;

  static async open(options: BoardOptions): Promise<Board> {
    let board: Board | undefined;
    const canvas = await mountCanvas(options.canvas, options.view, {
      changed: (_elements, state, files) => board?.changed(state, files),
      onScrollChange: () => board?.looked(),
    });
    board = new Board(canvas, options);
    return board;
  }

  private constructor(canvas: Canvas, { session, canvas: root, around, view }: BoardOptions) {
    this.canvas = canvas;
    this.#session = session;
    this.#root = root;
    this.#editable = view.editable;
    const editable = () => this.#editable;
    const shapes = () => this.shapes();
    this.#sync = new Sync(() => this.binding, editable);
    this.#tellLetters();
    this.binding = new Binding(session.doc, this.#scene(root), this.#surroundings(), () => this.#sync.remote());
    this.#images = new Images(session, {
      wanted: () => new Set(shapes().flatMap(({ isDeleted, fileId }) => (!isDeleted && typeof fileId === 'string' ? [fileId] : []))),
      add: (file) => canvas.api.addFiles([file as unknown as BinaryFileData]),
      refuse: (id, reason) => this.#refuse(id, reason),
    });
    this.#pointer = new OwnPointer(root, session, { view: () => this.view(), laser: () => canvas.api.getAppState().activeTool.type === 'laser' });
    this.#overlay = new Overlay(around, session.awareness, { view: () => this.view(), shapes, jump: (client) => void this.locate([client]) });
    this.#replaced = new Replaced(session);
    takeDrops(root, this.#dropTarget());
    this.binding.pull();
    this.looked();
    this.#fitUntilLoaded();
  }

  #scene(root: HTMLElement): Scene {
    const { api } = this.canvas;
    const field = new TextField(root, () => this.#sync.remote());
    const undo = new UndoWatch(root, () => this.#sync.flush());
    return {
      shapes: () => this.shapes(),
      show: (next) => this.#show(next),
      busy: () => busyIn(api.getAppState()),
      typing: () => api.getAppState().editingTextElement?.id ?? null,
      retype: (_id, words, caret) => field.retype(words, caret),
      undoing: () => undo.now,
      fit: (id, values) => fittedText(id, values, this.shapes()),
    };
  }

  #surroundings(): Surroundings {
    const { awareness } = this.#session;
    return {
      now: () => Date.now(),
      nonce: () => Math.floor(Math.random() * 2 ** 31),
      alone: () => awareness.getStates().size <= 1,
      editable: () => this.#editable,
      ...oldPages(awareness),
    };
  }

  #dropTarget(): DropTarget {
    return {
      editable: () => this.#editable,
      isEmpty: () => this.shapes().every(({ isDeleted }) => isDeleted),
      add: (dropped) => this.#add({ ...dropped, shapes: movedTo(dropped.shapes, this.#sceneAt(dropped.at)) }, []),
      replace: (dropped) => this.#replace(dropped),
    };
  }

  /** What is drawn after the board was loaded is no reason to move what one sees. */
  #fitUntilLoaded(): void {
    const loaded = () => {
      if (this.#session.state.net !== 'online') return;
      stop();
      this.binding.pull();
      this.#fitted = true;
    };
    const stop = this.#session.subscribe(loaded);
    loaded();
  }

  #tellLetters(): void {
    this.#session.awareness.setLocalStateField(KNOWS_LETTERS, this.#editable ? 'writes' : 'reads');
  }

  shapes(): readonly Shape[] {
    return this.canvas.api.getSceneElementsIncludingDeleted() as unknown as readonly Shape[];
  }

  view(): Viewport {
    const { scrollX, scrollY, zoom, width, height } = this.canvas.api.getAppState();
    return { scrollX, scrollY, zoom: zoom.value, width, height };
  }

  allow(view: View): void {
    this.#editable = view.editable;
    this.#tellLetters();
    this.canvas.show(view);
    if (view.editable) this.#sync.local();
  }

  /** Excalidraw has rendered. */
  changed(state: AppState, files: Readonly<Record<string, BinaryFileData>>): void {
    this.#sync.local();
    this.#images.local(files);
    this.#pointer.selected(state.selectedElementIds);
    this.#overlay.moved();
  }

  looked(): void {
    this.#pointer.looked();
    this.#overlay.moved();
  }

  fit(): void {
    this.canvas.api.scrollToContent(undefined, { fitToContent: true });
  }

  /** Shows what one of these people sees, or where they point. */
  locate(clients: readonly number[]): boolean {
    const states = this.#session.awareness.getStates();
    const peers = clients.flatMap((client) => peerIn(states.get(client)) ?? []);
    const looking = peers.find(({ view }) => view !== null);
    const pointing = peers.find(({ pointer }) => pointer !== null);
    if (looking) this.look(fitted(this.view(), looking.view!));
    else if (pointing) this.look(centred(this.view(), { x: pointing.pointer![0], y: pointing.pointer![1] }));
    return Boolean(looking ?? pointing);
  }

  look({ scrollX, scrollY, zoom }: Viewport): void {
    const value = Math.min(ZOOM_MAX, zoom) as AppState['zoom']['value'];
    this.canvas.api.updateScene({ appState: { scrollX, scrollY, zoom: { value } }, captureUpdate: CaptureUpdateAction.NEVER });
    this.looked();
  }

  /** The texts on the board, read like a page. */
  text(): string {
    const texts = this.shapes().filter(({ isDeleted, type }) => type === 'text' && !isDeleted);
    const ordered = texts.sort((a, b) => Number(a.y) - Number(b.y) || Number(a.x) - Number(b.x));
    return ordered.map(({ originalText }) => String(originalText)).join('\n\n');
  }

  #show(shapes: Shape[]): void {
    this.canvas.api.updateScene({ elements: shapes as unknown as OrderedExcalidrawElement[], captureUpdate: CaptureUpdateAction.NEVER });
    this.#images.fetchWanted();
    if (this.#fitted || shapes.length === 0) return;
    this.#fitted = true;
    this.fit();
  }

  /** One step that can be undone: `instead` goes, and this comes. */
  #add({ shapes, files }: Dropped, instead: readonly string[]): void {
    const gone = new Set(instead);
    const now = this.shapes().map((shape) => (gone.has(shape.id) ? changed(shape, { isDeleted: true }) : shape));
    this.canvas.api.addFiles(files);
    this.canvas.api.updateScene({ elements: [...now, ...shapes] as unknown as OrderedExcalidrawElement[], captureUpdate: CaptureUpdateAction.IMMEDIATELY });
  }

  #replace(dropped: Dropped): void {
    const before = this.shapes().filter(({ isDeleted }) => !isDeleted).map(({ id }) => id);
    this.#add(dropped, before);
    this.#sync.flush();
    this.#replaced.tell();
    this.fit();
    const [back, away] = [new Set(before), new Set(dropped.shapes.map(({ id }) => id))];
    const run = () => {
      const elements = this.shapes().map((shape) => (back.has(shape.id) ? changed(shape, { isDeleted: false }) : away.has(shape.id) ? changed(shape, { isDeleted: true }) : shape));
      this.canvas.api.updateScene({ elements: elements as unknown as OrderedExcalidrawElement[], captureUpdate: CaptureUpdateAction.IMMEDIATELY });
    };
    toast('The board was replaced, for everybody.', { action: { label: 'Undo', run } });
  }

  /** The place in the scene under a place of the window. */
  #sceneAt({ x, y }: Dropped['at']): { x: number; y: number } {
    const { left, top } = this.#root.getBoundingClientRect();
    return toScene(this.view(), { x: x - left, y: y - top });
  }

  #refuse(fileId: string, reason: string): void {
    const shapes = this.shapes().map((shape) =>
      shape.fileId === fileId ? changed(shape, { isDeleted: true }) : shape,
    );
    this.canvas.api.updateScene({ elements: shapes as unknown as OrderedExcalidrawElement[], captureUpdate: CaptureUpdateAction.NEVER });
    toast(reason, { tone: 'error', ms: 10_000 });
  }
}

/** Pages that know of letters say so; of those who may write, the one with the smallest number reads after the others. */
function oldPages(awareness: Awareness): Pick<Surroundings, 'isOldPage' | 'readsAfterOld'> {
  const states = awareness.getStates();
  const knows = (client: number) => states.get(client)?.[KNOWS_LETTERS];
  return {
    isOldPage: (client) => states.get(client)?.board !== undefined && knows(client) === undefined,
    readsAfterOld: () => ![...states.keys()].some((client) => client < awareness.clientID && knows(client) === 'writes'),
  };
}

/** As Excalidraw changes an element. */
function changed(shape: Shape, change: Partial<Shape>): Shape {
  return { ...shape, ...change, version: shape.version + 1, versionNonce: Math.floor(Math.random() * 2 ** 31) };
}

/** Elements Excalidraw holds on to while a person draws, drags, resizes or types. */
function busyIn(state: AppState): ReadonlySet<string> {
  const { newElement, multiElement, resizingElement, editingTextElement, editingLinearElement, pendingImageElementId } = state;
  const busy = new Set<string>();
  for (const element of [newElement, multiElement, resizingElement, editingTextElement]) if (element) busy.add(element.id);
  if (editingLinearElement) busy.add(editingLinearElement.elementId);
  if (pendingImageElementId) busy.add(pendingImageElementId);
  if (state.selectedElementsAreBeingDragged || state.isResizing || state.isRotating) for (const id in state.selectedElementIds) busy.add(id);
  return busy;
}
