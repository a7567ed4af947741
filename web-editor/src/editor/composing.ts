/** Keeps a composition whole: what others do waits until the character is there, and a composition that nobody goes on with ends before. */
import { Extension, type Editor } from '@tiptap/core';
import { Plugin, PluginKey } from '@tiptap/pm/state';

/** The editor reads what was composed shortly after the browser says that it is done. */
const READ_MS = 80;

export const Composing = Extension.create<{ hold: (composing: boolean) => void }>({
  name: 'composing',

  addOptions: () => ({ hold: () => undefined }),

  addProseMirrorPlugins() {
    const { hold } = this.options;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const end = () => {
      clearTimeout(timer);
      timer = setTimeout(() => hold(false), READ_MS);
      return false;
    };
    const start = () => {
      clearTimeout(timer);
      hold(true);
      return false;
    };
    return [
      new Plugin({
        key: new PluginKey('composing'),
        props: { handleDOMEvents: { compositionstart: start, compositionupdate: start, compositionend: end } },
        view: () => ({
          destroy: () => {
            clearTimeout(timer);
            hold(false);
          },
        }),
      }),
    ];
  },
});

/** The browser writes what was composed so far when the text loses the focus. */
export function endComposition({ view, isDestroyed }: Editor): void {
  if (isDestroyed || !view.composing) return;
  view.dom.blur();
  view.focus();
}
