/** Keeps a composition whole: what others do waits until the character is there. */
import { Extension } from '@tiptap/core';
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
        props: { handleDOMEvents: { compositionstart: start, compositionend: end } },
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
