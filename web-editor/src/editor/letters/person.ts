/** A person with the page's editor on a document of their own. */
import type { Editor } from '@tiptap/core';
import { TextSelection, type EditorState } from '@tiptap/pm/state';
import { Awareness } from 'y-protocols/awareness';
import * as Y from 'yjs';
import { KeptImages } from '../../images/kept-images';
import { Uploads } from '../../images/uploads';
import type { Session } from '../../session/session';
import { EditorHost } from '../host';

const REMOTE = 'remote';

const away = { name: 'letters', state: {} as Session['state'], subscribe: () => () => undefined, saved: () => new Promise<void>(() => undefined) };
const uploads = new Uploads({ session: away, kept: new KeptImages('letters'), wanted: () => false, stored: () => false });

export class Person {
  readonly doc = new Y.Doc();
  readonly faults: string[] = [];
  readonly #element = document.createElement('div');
  readonly #awareness = new Awareness(this.doc);
  readonly #host: EditorHost;

  constructor(client: number, state: Uint8Array | null = null) {
    this.doc.clientID = client;
    if (state) Y.applyUpdate(this.doc, state, REMOTE);
    document.body.append(this.#element);
    const session = { doc: this.doc, name: 'letters', awareness: this.#awareness, composing: () => undefined, onRestored: () => () => undefined, onBeforeStep: () => () => undefined, onOverdue: () => () => undefined } as unknown as Session;
    const actions = { editLink: () => false, pickImage: () => undefined, find: () => undefined };
    const unfit = (what: string) => void this.faults.push(`cannot be edited: ${what}`);
    const options = { element: this.#element, session, uploads, actions, mounted: () => undefined, unfit };
    this.#host = new EditorHost(options);
    this.#host.setEditable(true);
  }

  /** Null while the text cannot be edited. */
  get editor(): Editor | null {
    return this.#host.editor;
  }

  get state(): EditorState | null {
    return this.editor?.state ?? null;
  }

  onUpdate(send: (update: Uint8Array) => void): void {
    this.doc.on('update', (update: Uint8Array, origin: unknown) => origin !== REMOTE && send(update));
  }

  receive(updates: readonly Uint8Array[]): void {
    for (const update of updates) this.attempt(() => Y.applyUpdate(this.doc, update, REMOTE));
  }

  /** The page goes on after an exception, and so do we. */
  attempt(work: () => void): void {
    try {
      work();
    } catch (error) {
      this.faults.push(error instanceof Error ? `${error.message.split('\n')[0]} (${placeOf(error)})` : String(error));
    }
  }

  /** What was typed goes the way of a key in the browser. */
  type(text: string): void {
    const view = this.editor!.view;
    for (const character of text) {
      const { from, to } = view.state.selection;
      const plain = () => view.state.tr.insertText(character, from, to).scrollIntoView();
      const handled = view.someProp('handleTextInput', (handle) => handle(view, from, to, character, plain)) ?? false;
      if (!handled) view.dispatch(plain());
    }
  }

  /** Whether the editor did something for the key; else it is the browser's. */
  press(key: string, init: KeyboardEventInit = {}): boolean {
    const view = this.editor!.view;
    const event = new KeyboardEvent('keydown', { key, bubbles: true, cancelable: true, ...init });
    return view.someProp('handleKeyDown', (handle) => handle(view, event)) ?? false;
  }

  select(anchor: number, head = anchor): void {
    const { view } = this.editor!;
    view.dispatch(view.state.tr.setSelection(TextSelection.between(view.state.doc.resolve(anchor), view.state.doc.resolve(head))));
  }

  leave(): void {
    this.attempt(() => this.editor?.destroy());
    this.#awareness.destroy();
    this.doc.destroy();
    this.#element.remove();
  }
}

/** The line of the page's own code that was the last to run. */
function placeOf({ stack = '' }: Error): string {
  const line = stack.split('\n').find((frame) => frame.includes('/src/editor/') && !frame.includes('/letters/'));
  return line?.trim().replace(/^at /, '').replace(/\S*\/src\/editor\//, '') ?? 'outside of the page’s code';
}
