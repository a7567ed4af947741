import type { Editor } from '@tiptap/core';

/**
 * The browser tells late where it put the caret. Drawing what others did before that is read would put it back,
 * and who takes the focus away would not hear of it.
 */
export function readCaret({ view, isDestroyed }: Editor): void {
  if (isDestroyed || view.composing || !view.hasFocus()) return;
  const { domObserver } = view as unknown as { domObserver: { forceFlush: () => void; flush: () => void } };
  domObserver.forceFlush();
  domObserver.flush();
}
