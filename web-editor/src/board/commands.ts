/** What can be done with a board, for the palette. */
import type { Commands } from '../page/commands';
import type { Board } from './board';

export function addCommands(commands: Commands, board: Board, editable: () => boolean): void {
  const { api } = board.canvas;
  const tool = (type: 'rectangle' | 'text' | 'freedraw' | 'laser') => () => api.setActiveTool({ type });
  const open = (name: 'imageExport' | 'help') => () => api.updateScene({ appState: { openDialog: { name } } });
  commands.add(
    { id: 'board.fit', name: 'Zoom to fit everything', group: 'View', words: 'back to content overview', run: () => board.fit() },
    { id: 'board.zoom', name: 'Zoom to 100 %', group: 'View', words: 'reset actual size', run: () => board.look({ ...board.view(), zoom: 1 }) },
    { id: 'board.export', name: 'Export as an image', group: 'Board', words: 'png svg download save picture', run: open('imageExport') },
    { id: 'board.shortcuts', name: 'Keyboard shortcuts of the board', group: 'Board', words: 'help keys', run: open('help') },
    { id: 'board.laser', name: 'Laser pointer', group: 'Board', words: 'show point present', run: tool('laser') },
    { id: 'board.rectangle', name: 'Draw a rectangle', group: 'Board', words: 'box shape', run: tool('rectangle'), enabled: editable },
    { id: 'board.draw', name: 'Draw freehand', group: 'Board', words: 'pen pencil stroke', run: tool('freedraw'), enabled: editable },
    { id: 'board.text', name: 'Write a text', group: 'Board', words: 'label note', run: tool('text'), enabled: editable },
  );
}
