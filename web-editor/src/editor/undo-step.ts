/** Makes a change a step of undo by itself, whatever was typed right before and after it. */
import type { EditorState } from '@tiptap/pm/state';
import { yUndoPluginKey } from '@tiptap/y-tiptap';

interface Making {
  state: EditorState;
}

/** `of` is asked for its state before and after: the change makes another. */
export function asOneStep(of: Making, change: () => void): void {
  stop(of);
  change();
  stop(of);
}

function stop({ state }: Making): void {
  (yUndoPluginKey.getState(state)?.undoManager as { stopCapturing: () => void } | undefined)?.stopCapturing();
}
