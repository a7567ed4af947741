/** Tells the others that this person is typing in the text, and who of them is. */
import type { Editor } from '@tiptap/core';
import type { Session } from '../session/session';
import { personIn } from '../presence/person';
import { el } from '../page/dom';
import { isShared } from './binding/key';

/** “is typing” goes away this long after the last input. */
export const TYPING_MS = 3_000;

/** Announces typing in the text, and takes it back after a rest. */
export function announceTyping(editor: Editor, { awareness }: Session, signal: AbortSignal): void {
  let timer: ReturnType<typeof setTimeout> | undefined;
  const rest = () => {
    clearTimeout(timer);
    timer = undefined;
    const { typing, ...state } = awareness.getLocalState() ?? {};
    // The chat has its own typing in the same field.
    if (typing === 'body') awareness.setLocalState(state);
  };
  editor.on('transaction', ({ transaction }) => {
    if (!transaction.docChanged || isShared(transaction) || transaction.getMeta('addToHistory') === false) return;
    if (timer === undefined && awareness.getLocalState() !== null) awareness.setLocalStateField('typing', 'body');
    clearTimeout(timer);
    timer = setTimeout(rest, TYPING_MS);
  });
  signal.addEventListener('abort', rest);
}

/** The names of the people who type in the text, each once, without oneself. */
export function typists(states: Map<number, unknown>, ownClient: number): string[] {
  const self = personIn(states.get(ownClient))?.id;
  const names = new Map<string, string>();
  for (const [client, state] of states) {
    const person = client === ownClient ? null : personIn(state);
    if (person && person.id !== self && (state as { typing?: unknown }).typing === 'body') names.set(person.id, person.name);
  }
  return [...names.values()].sort((a, b) => a.localeCompare(b));
}

export function typingText([first, second, ...more]: string[]): string {
  if (!first) return '';
  if (!second) return `${first} is typing…`;
  return more.length === 0 ? `${first} and ${second} are typing…` : `${first}, ${second} and ${more.length === 1 ? 'one other' : `${more.length} others`} are typing…`;
}

/** Not a live region: hearing of every pause of every person would drown everything else. */
export function showTyping(root: HTMLElement, { awareness }: Session): void {
  const line = el('p', { class: 'typing', 'data-testid': 'typing' });
  root.prepend(line);
  let frame = 0;
  awareness.on('change', () => {
    frame ||= requestAnimationFrame(() => {
      frame = 0;
      const text = typingText(typists(awareness.getStates(), awareness.clientID));
      if (line.textContent !== text) line.textContent = text;
    });
  });
}
