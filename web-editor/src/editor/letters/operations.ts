/** What a person can do to a text besides typing, each the way the page does it. */
import { Fragment, Slice } from '@tiptap/pm/model';
import { NodeSelection } from '@tiptap/pm/state';
import { BLOCKS } from '../blocks';
import { numbersIn } from './alphabet';
import { type Hand, hasAncestor } from './hand';

export type Operation = (hand: Hand) => void;

const TABLES_MAX = 3;
const TABLE_CELLS_MAX = 24;

/** A kind from the page's one list of blocks, as the slash menu and the palette set it. */
function block(...ids: string[]): Operation {
  return (hand) => {
    hand.wander();
    turnInto(hand, hand.random.pick(ids));
  };
}

function turnInto({ editor }: Hand, wanted: string): void {
  BLOCKS.find(({ id }) => id === wanted)!.run(editor.chain().focus()).run();
}

const key = (name: string, init: KeyboardEventInit = {}): Operation => (hand) => {
  hand.wander();
  hand.meanSelection();
  hand.writesHere(false);
  hand.person.press(name, init);
};

function within(list: string[], act: Operation): Operation {
  return (hand) => {
    if (hand.wander(hand.random.pick(list))) act(hand);
  };
}

/** Backspace at a block's start, Delete at its end. */
const joinBlocks: Operation = (hand) => {
  const chosen = hand.block();
  if (!chosen) return;
  const forward = hand.random.chance(0.4);
  hand.person.select(chosen.at + (forward ? chosen.node.content.size : 0));
  hand.meanSelection();
  hand.person.press(forward ? 'Delete' : 'Backspace');
};

const deleteSelected: Operation = (hand) => {
  if (!hand.selectSome(6)) return;
  const other = hand.block();
  // Now and then over several blocks.
  if (other && hand.random.chance(0.15)) hand.person.select(hand.editor.state.selection.from, other.at + hand.random.whole(0, other.node.content.size));
  hand.meanSelection();
  const { view } = hand.editor;
  if (!hand.person.press('Backspace')) view.dispatch(view.state.tr.deleteSelection());
};

/** Key by key; what the editor leaves to the browser takes the letter before the caret. */
const deleteBack: Operation = (hand) => {
  hand.wander();
  for (let keys = hand.random.whole(1, 4); keys > 0; keys--) {
    const { view } = hand.editor;
    const { $from, empty } = view.state.selection;
    if (!empty || $from.parentOffset === 0) return;
    const before = $from.nodeBefore;
    const size = before?.isText ? 1 : (before?.nodeSize ?? 0);
    hand.mean(before?.isText ? numbersIn(before.text!.slice(-1)) : []);
    if (!hand.person.press('Backspace')) view.dispatch(view.state.tr.delete($from.pos - size, $from.pos));
  }
};

const mark: Operation = (hand) => {
  if (!hand.selectSome(8)) return;
  const { commands } = hand.editor;
  const link = () => commands.toggleLink({ href: 'https://example.org/' });
  hand.random.pick([() => commands.toggleBold(), () => commands.toggleItalic(), () => commands.toggleStrike(), () => commands.toggleCode(), () => commands.toggleUnderline(), link])();
};

/** Ticks by the box itself. */
const tick: Operation = (hand) => {
  const boxes = [...hand.editor.view.dom.querySelectorAll<HTMLInputElement>('li input[type=checkbox]')];
  if (boxes.length === 0) return;
  const box = hand.random.pick(boxes);
  box.checked = !box.checked;
  box.dispatchEvent(new Event('change', { bubbles: true }));
};

const insertTable: Operation = (hand) => {
  let tables = 0;
  hand.doc.descendants((node) => void (tables += node.type.name === 'table' ? 1 : 0));
  if (tables < TABLES_MAX) block('table')(hand);
};

function tableAt({ editor }: Hand): { letters: number[]; cells: number } {
  const { $from } = editor.state.selection;
  let letters: number[] = [];
  let cells = 0;
  for (let depth = $from.depth; depth > 0; depth--) {
    const node = $from.node(depth);
    if (node.type.name !== 'table') continue;
    letters = numbersIn(node.textContent);
    node.descendants((cell) => void (cells += cell.type.name === 'tableCell' || cell.type.name === 'tableHeader' ? 1 : 0));
  }
  return { letters, cells };
}

const deleteTable = within(['table'], (hand) => {
  hand.mean(tableAt(hand).letters);
  hand.editor.commands.deleteTable();
});

const rows = within(['table'], (hand) => {
  const { commands } = hand.editor;
  const { letters, cells } = tableAt(hand);
  const adding = [() => commands.addRowAfter(), () => commands.addRowBefore(), () => commands.addColumnAfter(), () => commands.addColumnBefore()];
  const deleting = [() => commands.deleteRow(), () => commands.deleteColumn()];
  const isAdding = cells < TABLE_CELLS_MAX && hand.random.chance(0.6);
  if (!isAdding) hand.mean(letters);
  hand.random.pick(isAdding ? adding : deleting)();
});

const header = within(['table'], (hand) => void hand.editor.commands.toggleHeaderRow());

/** A block goes to another place in one step, as by dragging it or by cutting and pasting. */
const moveBlock: Operation = (hand) => {
  const chosen = hand.block();
  if (!chosen) return;
  const { view } = hand.editor;
  const { doc, tr } = view.state;
  const place = doc.resolve(chosen.at);
  const [from, to] = [place.before(1), place.after(1)];
  const target = doc.resolve(hand.random.pick(hand.blocks()).at).before(1);
  if (target >= from && target <= to) return;
  const node = doc.nodeAt(from)!;
  const byDrag = hand.random.chance(0.5);
  tr.setSelection(NodeSelection.create(doc, from)).deleteSelection();
  const at = tr.mapping.map(target);
  if (byDrag) tr.replaceRangeWith(at, at, node);
  else tr.replaceRange(at, at, new Slice(Fragment.from(node), 0, 0));
  view.dispatch(tr.setMeta('uiEvent', byDrag ? 'drop' : 'paste'));
};

/** Words go to another place by dragging. */
const moveWords: Operation = (hand) => {
  if (!hand.selectSome(8)) return;
  const { view } = hand.editor;
  const { doc, selection, tr } = view.state;
  const target = hand.block();
  if (!target) return;
  const at = target.at + hand.random.whole(0, target.node.content.size);
  if (at >= selection.from && at <= selection.to) return;
  const slice = doc.slice(selection.from, selection.to);
  tr.deleteSelection();
  const mapped = tr.mapping.map(at);
  if (tr.doc.resolve(mapped).parent.isTextblock) view.dispatch(tr.replaceRange(mapped, mapped, slice).setMeta('uiEvent', 'drop'));
};

const undo: Operation = (hand) => {
  hand.timeTravel = true;
  hand.mean(lettersOf(hand, (letter) => hand.oracle.isBy(letter, hand.index)));
  hand.editor.commands.undo();
};

const redo: Operation = (hand) => {
  hand.timeTravel = true;
  hand.mean(lettersOf(hand, (letter) => hand.oracle.isBy(letter, hand.index) || hand.oracle.wasDeletedBy(letter, hand.index)));
  hand.editor.commands.redo();
};

function lettersOf({ doc }: Hand, wanted: (letter: number) => boolean): number[] {
  return numbersIn(doc.textContent).filter(wanted);
}

/** What is typed at a block's start to make it another kind. */
const inputRule: Operation = (hand) => {
  const chosen = hand.block();
  if (!chosen) return;
  hand.person.select(chosen.at);
  hand.person.type(hand.random.pick(['# ', '## ', '### ', '- ', '1. ', '> ', '[ ] ', '``` ']));
};

const LISTS = ['listItem', 'taskItem'];
const enter = key('Enter');
const splitItem = within(LISTS, (hand) => {
  hand.writesHere(false);
  hand.person.press('Enter');
});
const sink = within(LISTS, (hand) => void hand.person.press('Tab'));
const lift = within(LISTS, (hand) => void hand.person.press('Tab', { shiftKey: true }));
const heading = block('heading1', 'heading2', 'heading3', 'text');
const code = block('codeBlock', 'text');
const list = block('bulletList', 'orderedList', 'taskList', 'text');
const quote = block('blockquote');
const divider: Operation = (hand) => {
  hand.wander();
  if (hasAncestor(hand.doc, hand.editor.state.selection.from, 'table')) return;
  hand.writesHere(false);
  turnInto(hand, 'divider');
};

/** The kinds of operation, by the name under which they are counted. */
export const OPERATIONS = {
  typing: [],
  enter: [enter],
  'split item': [splitItem],
  join: [joinBlocks],
  delete: [deleteSelected, deleteBack],
  heading: [heading],
  'code block': [code],
  list: [list],
  indent: [sink, lift],
  quote: [quote],
  mark: [mark],
  divider: [divider],
  'hard break': [key('Enter', { shiftKey: true })],
  'input rule': [inputRule],
  tick: [tick],
  table: [insertTable, insertTable, deleteTable],
  'rows and columns': [rows],
  'header row': [header],
  'move block': [moveBlock],
  'move words': [moveWords],
  undo: [undo, undo, redo],
  'undo of blocks': [heading, list, quote, enter, joinBlocks, undo, undo, redo],
} satisfies Record<string, Operation[]>;

export type Kind = keyof typeof OPERATIONS;

export const KINDS = Object.keys(OPERATIONS) as Kind[];

export function kindOf(operation: Operation): Kind | undefined {
  return KINDS.find((kind) => (OPERATIONS[kind] as Operation[]).includes(operation));
}

/** Moving text is deleting and writing it again: of two who move the same at once each has a copy, and a caret in it stays behind. */
export const MOVES: readonly Kind[] = ['move block', 'move words'];

/** Of two who deleted the same and both take it back each has a copy. */
export const UNDOS: readonly Kind[] = ['undo', 'undo of blocks'];
