/** The whiteboard page. */
import './board.css';
import { byId } from '../page/dom';
import { mountHistory } from '../page/history-entry';
import { openShell } from '../page/shell';
import type { Board } from './board';
import { addCommands } from './commands';
import { keepDialogs } from './dialogs';
import { labelCanvas } from './labels';
import { onTheme, themeOf } from './theme';

declare global {
  interface Window {
    /** Where Excalidraw looks for its fonts; it would ask another origin for them. */
    EXCALIDRAW_ASSET_PATH?: string;
  }
}

window.EXCALIDRAW_ASSET_PATH = '/';

/** The bar and the connection do not wait for the canvas, which is ten times their size. */
async function start(): Promise<void> {
  const loading = import('./board');
  let board: Board | undefined;
  const shell = openShell({
    kind: 'whiteboard',
    allowed: () => allow(),
    leaveTitle: () => byId('canvas').querySelector<HTMLElement>('.excalidraw')?.focus(),
    locate: (clients) => board?.locate(clients) ?? false,
    text: () => board?.text() ?? '',
  });
  const view = () => ({ editable: shell.editable(), theme: themeOf() });
  let shown = '';
  const allow = () => {
    const next = view();
    if (!board || shown === JSON.stringify(next)) return;
    shown = JSON.stringify(next);
    board.allow(next);
  };
  mountHistory(shell, 'whiteboard', async (root) => (await import('../history/stage-board')).boardStage(root, shell.session.name));
  shell.start();
  const { Board: Built } = await loading;
  board = await Built.open({ session: shell.session, canvas: byId('canvas'), around: byId('peers'), view: view() });
  document.body.dataset.canvas = 'ready';
  Object.assign(window.weft!, { board });
  onTheme(allow);
  allow();
  addCommands(shell.commands, board, shell.editable);
  labelCanvas(byId('canvas'));
  keepDialogs(byId('canvas'));
}

void start();
