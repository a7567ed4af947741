/** What Markdown allows and the editor's schema does not, made to fit. Pure. */
import type { JSONContent } from '@tiptap/core';

/** An item begins with a paragraph. */
export function fitItem(type: 'listItem' | 'taskItem', blocks: JSONContent[]): JSONContent {
  const [first, ...rest] = blocks;
  if (first?.type === 'paragraph') return { type, content: blocks };
  if (first?.type === 'heading') return { type, content: [{ type: 'paragraph', content: first.content }, ...rest] };
  return { type, content: [{ type: 'paragraph' }, ...blocks] };
}

/** A list of tasks and others is several lists. */
export function splitTasks(items: { item: JSONContent; task: boolean }[]): JSONContent[] {
  const lists: JSONContent[] = [];
  for (const { item, task } of items) {
    const type = task ? 'taskList' : 'bulletList';
    const last = lists.at(-1);
    if (last?.type === type) last.content!.push(item);
    else lists.push({ type, content: [item] });
  }
  return lists;
}

/** Footnotes stand at the end, under a line, in the order of their numbers in the text. */
export function notesList(notes: JSONContent[]): JSONContent[] {
  return [{ type: 'horizontalRule' }, { type: 'orderedList', content: notes }];
}
