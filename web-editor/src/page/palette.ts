/** Ctrl/Cmd+K: everything a person can do here, found by typing. The dialog itself is fetched at the first use. */
import type { Commands } from './commands';
import { icon } from './dom';
import { ariaKeys, matchesKeys, shownKeys } from './keys';
import { toast } from './toast';

const KEYS = 'Mod+K';
const GLASS = ['M9 14.500a5.500 5.500 0 1 0 0-11 5.500 5.500 0 0 0 0 11Z', 'm13 13 3.800 3.800'];

/** Opens the palette by keyboard and lets the commands' own shortcuts work. */
export function bindPalette(commands: Commands, button: HTMLButtonElement): void {
  const open = () => {
    import('./palette-dialog').then(
      ({ openPalette }) => openPalette(commands),
      () => toast('The commands could not be loaded. Check your connection and try again.', { tone: 'error' }),
    );
  };
  button.append(icon(...GLASS));
  button.title = `Commands, ${shownKeys(KEYS)}`;
  button.setAttribute('aria-keyshortcuts', ariaKeys(KEYS));
  button.addEventListener('click', open);
  addEventListener('keydown', (event) => {
    if (event.defaultPrevented || event.isComposing) return;
    if (matchesKeys(event, KEYS)) {
      event.preventDefault();
      event.stopPropagation();
      return open();
    }
    const command = commands.available().find(({ keys }) => keys && matchesKeys(event, keys));
    if (!command || document.querySelector('dialog[open]')) return;
    event.preventDefault();
    command.run();
  }, { capture: true });
  commands.add({ id: 'page.home', name: 'Go to all documents', group: 'Go', words: 'home list recent', enabled: () => location.pathname !== '/', run: () => location.assign('/') });
  commands.add({ id: 'page.theme', name: 'Switch between light and dark', group: 'View', words: 'theme night', run: () => document.getElementById('theme-switch')?.click() });
}
