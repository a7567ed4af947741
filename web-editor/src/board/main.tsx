/** The whiteboard page. */
import './board.css';
import { byId } from '../page/dom';
import { openShell } from '../page/shell';

const shell = openShell({ prefix: '/w/', allowed: () => undefined, leaveTitle: () => byId('canvas').focus(), locate: () => false, text: () => '' });
shell.start();
