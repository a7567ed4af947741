/** The way into the past. The player itself is fetched when somebody goes there. */
import type { MakeStage } from '../history/stage';
import type { Command } from './commands';
import { el, icon } from './dom';
import { ariaKeys, shownKeys } from './keys';
import type { Shell } from './shell';
import { toast } from './toast';

const KEYS = 'Mod+Shift+H';
const CLOCK = ['M3.500 10a6.500 6.500 0 1 0 2-4.700L3.500 7M3.500 3.500V7H7', 'M10 6.500V10l2.500 1.500'];

/** Adds button and command, opens the player where the address says so, and tells of restores. */
export function mountHistory({ session, commands, tools, editable }: Shell, kind: 'document' | 'whiteboard', stage: MakeStage): Command {
  const run = () => {
    import('../history/player').then(
      ({ openPlayer }) => openPlayer({ session, kind, editable, stage }),
      () => toast('The history could not be loaded. Check your connection and try again.', { tone: 'error' }),
    );
  };
  const command = { id: 'document.history', name: 'History', group: 'Document', words: 'versions past replay time restore', keys: KEYS, run };
  commands.add(command);
  tools.append(el('button', { type: 'button', class: 'icon-button history-button', 'aria-label': 'History', title: `History, ${shownKeys(KEYS)}`, 'aria-keyshortcuts': ariaKeys(KEYS), onclick: run }, icon(...CLOCK)));
  session.onRestored((restored) => void import('../history/restored').then(({ announceRestore }) => announceRestore(session, restored, editable())));
  if (new URLSearchParams(location.search).has('history')) run();
  return command;
}
