/** Makes a change a step of undo by itself, whatever was typed right before and after it. */
import type { EditorState } from '@tiptap/pm/state';
import { stopCapturing } from './binding/key';

interface Making {
  state: EditorState;
}

/** `of` is asked for its state before and after: the change makes another. */
export function asOneStep(of: Making, change: () => void): void {
  stopCapturing(of.state);
  change();
  stopCapturing(of.state);
}
