/** The button that opens the share dialog, which is fetched at the first use. */
import type { Commands } from '../page/commands';
import { el, icon } from '../page/dom';
import { toast } from '../page/toast';
import type { Session } from '../session/session';

const SHARE = ['M13.500 6.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM6.500 12a2 2 0 1 0 0-4 2 2 0 0 0 0 4ZM13.500 17.500a2 2 0 1 0 0-4 2 2 0 0 0 0 4Z', 'm8.300 9 3.500-3.200M8.300 11l3.500 3.200'];

export function mountShare(session: Session, commands: Commands, tools: HTMLElement): void {
  const open = () => {
    import('./share-dialog').then(
      ({ openShareDialog }) => openShareDialog(session),
      () => toast('The dialog could not be loaded. Check your connection and try again.', { tone: 'error' }),
    );
  };
  tools.append(
    el('button', { id: 'share', type: 'button', class: 'button share-button', 'aria-label': 'Share', title: 'Share', 'aria-haspopup': 'dialog', onclick: open }, icon(...SHARE), el('span', {}, 'Share')),
  );
  commands.add({ id: 'document.share', name: 'Share…', group: 'People', words: 'link invite copy access', run: open });
}
