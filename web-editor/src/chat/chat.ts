/** The chat's button with its count. The panel is loaded when somebody opens it. */
import './chat.css';
import { el, icon } from '../page/dom';
import type { Commands } from '../page/commands';
import { toast } from '../page/toast';
import { selfPerson } from '../presence/self';
import type { Session } from '../session/session';
import { chatOf, latest } from './messages';
import { Unread, WINDOW } from './unread';

const BUBBLE = ['M4.500 4h11A1.500 1.500 0 0 1 17 5.500v6.500a1.500 1.500 0 0 1-1.500 1.500H9.500L6 16.500v-3H4.500A1.500 1.500 0 0 1 3 12V5.500A1.500 1.500 0 0 1 4.500 4Z'];
const COUNT_MAX = 99;

export interface ChatPlace {
  session: Session;
  commands: Commands;
  /** Where the button goes. */
  tools: HTMLElement;
}

export function mountChat({ session, commands, tools }: ChatPlace): void {
  const chat = chatOf(session.doc);
  const unread = new Unread(session.name, safeStorage());
  const badge = el('span', { class: 'chat-count', hidden: true });
  const button = el('button', { type: 'button', class: 'icon-button chat-button', title: 'Chat', 'aria-label': 'Chat' }, icon(...BUBBLE), badge);
  let frame = 0;

  const count = () => {
    frame = 0;
    const { length } = unread.among(latest(chat, WINDOW).messages, selfPerson().id);
    const shown = length > COUNT_MAX ? `${COUNT_MAX}+` : String(length);
    badge.hidden = length === 0;
    badge.textContent = shown;
    button.setAttribute('aria-label', length === 0 ? 'Chat' : `Chat, ${shown} unread`);
  };
  // A document that arrives with many messages is counted once.
  const schedule = () => {
    frame ||= requestAnimationFrame(count);
  };
  let panel: Promise<() => void> | null = null;
  const toggle = () => {
    panel ??= import('./chat-panel').then(({ ChatPanel }) => {
      const made = new ChatPanel({ session, unread, seen: count });
      return () => made.toggle();
    });
    panel.then(
      (show) => show(),
      () => {
        panel = null;
        toast('The chat could not be loaded. Check your connection and try again.', { tone: 'error' });
      },
    );
  };

  button.addEventListener('click', toggle);
  tools.append(button);
  chat.observeDeep(schedule);
  unread.watch(schedule);
  count();
  commands.add({ id: 'chat.toggle', name: 'Chat', group: 'People', words: 'message talk write', run: toggle });
}

function safeStorage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null;
  }
}
