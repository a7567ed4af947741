/** What a person can do about a change that the server refuses: copy it, leave it out, and later copy or remove what was left out. */
import { byId, el } from '../page/dom';
import { toast } from '../page/toast';
import { NotKept } from '../session/aside';
import type { Session } from '../session/session';
import { writtenIn } from '../session/written';
import { button, copy } from './banner';
import { changeWords } from './words';

const NOT_NOW = 'The server cannot be asked right now. Nothing was changed; try again in a moment.';
const NOT_KEPT = 'This browser cannot keep it. Copy it first, then leave it out for good.';

/** The refused change by name, and what can be done about it. */
export function refusedParts(session: Session): Node[] {
  const text = writtenIn(session.unsent());
  const parts: Node[] = [leaveOutButton(session)];
  if (text !== '') parts.unshift(el('span', { 'data-testid': 'refused-change' }, `Not sent: ${changeWords(text)}`), copyButton(text));
  return parts;
}

/** Shows what was left out at an earlier visit until the person has dealt with it. */
export async function showAside(session: Session): Promise<void> {
  const aside = await session.aside().catch(() => null);
  if (!aside) return;
  const text = writtenIn(aside.update);
  const note = el('div', { class: 'banner', role: 'status', 'data-testid': 'left-out' });
  const remove = async () => {
    await session.dropAside();
    note.remove();
  };
  const words = 'The server did not take a change of yours. It was left out and is kept on this device.';
  note.append(el('span', {}, words));
  if (text !== '') note.append(el('span', {}, changeWords(text)), copyButton(text));
  note.append(button('Remove it', () => void remove().catch(() => toast(NOT_NOW, { tone: 'error' }))));
  byId('banner').after(note);
}

function copyButton(text: string): HTMLElement {
  return button('Copy it', () => void copy(text));
}

function leaveOutButton(session: Session): HTMLElement {
  let keep = true;
  const leave = async () => {
    leaving.disabled = true;
    try {
      await session.leaveOut({ keep });
      // What listens to the session has nothing to listen to any more.
      location.reload();
    } catch (error) {
      leaving.disabled = false;
      keep = !(error instanceof NotKept);
      if (!keep) leaving.textContent = 'Leave it out for good';
      toast(keep ? NOT_NOW : NOT_KEPT, { tone: 'error' });
    }
  };
  const leaving = button('Leave it out', () => void leave());
  return leaving;
}
