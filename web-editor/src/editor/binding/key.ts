/** What the binding's plugin knows of a state: the steps that are not in the shared text yet. */
import { PluginKey, type EditorState, type Transaction } from '@tiptap/pm/state';
import type { StepMap } from '@tiptap/pm/transform';
import type { Binding, Held } from './binding';

export interface Unwritten {
  readonly binding: Binding;
  readonly maps: readonly StepMap[];
  /** Undo may take it back. */
  readonly history: boolean;
  /** The selection before it. */
  readonly before: Held | null;
}

export const bindingKey = new PluginKey<Unwritten>('binding');

/** Whether the transaction brings in a change of the shared document: somebody else's, or one's own undo. */
export function isShared(transaction: Transaction): boolean {
  return transaction.getMeta(bindingKey) !== undefined;
}

/** Whether it brings in one's own undo or redo. */
export function isUndo(transaction: Transaction): boolean {
  return (transaction.getMeta(bindingKey) as { undo?: boolean } | undefined)?.undo === true;
}

/** What comes next is a step of undo of its own. */
export function stopCapturing(state: EditorState): void {
  bindingKey.getState(state)?.binding.undo.stopCapturing();
}
