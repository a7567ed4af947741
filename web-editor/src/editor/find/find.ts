/** Search in the editor: marks what was found, steps through it, replaces it. */
import { Extension, type Editor } from '@tiptap/core';
import { Plugin, PluginKey, TextSelection, type EditorState } from '@tiptap/pm/state';
import { Decoration, DecorationSet } from '@tiptap/pm/view';
import { asOneStep } from '../undo-step';
import { replacing } from './replace';
import { Search, matchFrom, type Match, type Query } from './search';

/** Matches that are marked at once, around the one the person is on: more could not be seen either. */
export const MARKED_MAX = 1_000;

interface Found {
  search: Search | null;
  matches: Match[];
  /** The one the person is on; -1 without matches. */
  at: number;
  marks: DecorationSet;
}

type Order = { query?: Query | null; at?: number };

const NOTHING: Found = { search: null, matches: [], at: -1, marks: DecorationSet.empty };
const key = new PluginKey<Found>('find');

export const Find = Extension.create({
  name: 'find',

  addProseMirrorPlugins: () => [
    new Plugin<Found>({
      key,
      state: {
        init: () => NOTHING,
        apply: (tr, before, old, state) => {
          const order = tr.getMeta(key) as Order | undefined;
          if (order?.query === null) return NOTHING;
          if (order?.query) return begin(state, new Search(order.query), before);
          if (!before.search || (!order && !tr.docChanged)) return before;
          const matches = tr.docChanged ? before.search.again(before.matches, old.doc, state.doc) : before.matches;
          const here = before.matches[before.at]?.from ?? state.selection.from;
          const wanted = order?.at ?? matchFrom(matches, tr.mapping.map(here));
          const marks = before.marks.map(tr.mapping, state.doc);
          return mark(state, { ...before, matches, marks, at: Math.min(wanted, matches.length - 1) });
        },
      },
      props: { decorations: (state) => key.getState(state)?.marks },
    }),
  ],
});

function begin(state: EditorState, search: Search, before: Found): Found {
  const matches = search.in(state.doc);
  const at = matchFrom(matches, before.matches[before.at]?.from ?? state.selection.from);
  return mark(state, { ...before, search, matches, at });
}

/** Changes only the marks that are not right yet: the rest of a long text is not drawn again. */
function mark(state: EditorState, found: Found): Found {
  const { matches, at } = found;
  const first = Math.max(0, Math.min(at - MARKED_MAX / 2, matches.length - MARKED_MAX));
  const wanted = new Map(matches.slice(first, first + MARKED_MAX).map((match, index) => [`${match.from} ${match.to} ${first + index === at}`, match]));
  const wrong = found.marks.find().filter(({ from, to, spec }) => !wanted.delete(`${from} ${to} ${(spec as { here?: boolean }).here === true}`));
  const missing = [...wanted].map(([text, { from, to }]) => {
    const here = text.endsWith('true');
    return Decoration.inline(from, to, { class: here ? 'found found-here' : 'found' }, { here });
  });
  return { ...found, marks: found.marks.remove(wrong).add(state.doc, missing) };
}

export function found({ state }: Editor): { matches: readonly Match[]; at: number } {
  return key.getState(state) ?? NOTHING;
}

/** Marks everything that matches, and brings the nearest into view. */
export function search(editor: Editor, query: Query): void {
  editor.view.dispatch(editor.state.tr.setMeta(key, { query }));
  show(editor);
}

export function endSearch(editor: Editor): void {
  const { matches, at } = found(editor);
  const here = matches[at];
  const tr = editor.state.tr.setMeta(key, { query: null });
  if (here) tr.setSelection(TextSelection.create(tr.doc, here.from, here.to));
  editor.view.dispatch(tr);
}

export function step(editor: Editor, by: 1 | -1): void {
  const { matches, at } = found(editor);
  if (matches.length === 0) return;
  editor.view.dispatch(editor.state.tr.setMeta(key, { at: (at + by + matches.length) % matches.length }));
  show(editor);
}

/** Replaces the match the person is on and goes to the next. */
export function replaceOne(editor: Editor, by: string): void {
  const { matches, at } = found(editor);
  const here = matches[at];
  if (!here || !editor.isEditable) return;
  replace(editor, [here], by);
  const after = found(editor).matches;
  editor.view.dispatch(editor.state.tr.setMeta(key, { at: matchFrom(after, here.from + by.length) }));
  show(editor);
}

/** Replaces all that were found, as one step of undo, and says how many. */
export function replaceAll(editor: Editor, by: string): number {
  const { matches } = found(editor);
  if (!editor.isEditable || matches.length === 0) return 0;
  replace(editor, matches, by);
  return matches.length;
}

function replace(editor: Editor, matches: readonly Match[], by: string): void {
  const { tr } = editor.state;
  tr.step(replacing(tr.doc, matches, by));
  asOneStep(editor, () => editor.view.dispatch(tr.setMeta('preventAutolink', true)));
}

function show(editor: Editor): void {
  editor.view.dom.querySelector('.found-here')?.scrollIntoView({ block: 'center', behavior: 'instant' });
}
