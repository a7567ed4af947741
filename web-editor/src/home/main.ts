/** Entry of the home page. */
import '../page/base.css';
import './home.css';
import { Commands } from '../page/commands';
import { byId } from '../page/dom';
import { keepPages } from '../page/keep-pages';
import { bindPalette } from '../page/palette';
import { bindThemeSwitch } from '../page/theme-switch';
import { Home } from './home';
import { bindViewSwitch } from './view-switch';

const commands = new Commands();
const home = new Home();
bindThemeSwitch(byId('theme-switch'));
const switchView = bindViewSwitch(byId('view-switch'));
home.addCommands(commands);
commands.add({ id: 'view.switch', name: 'Switch between cards and list', group: 'View', run: switchView });
bindPalette(commands, byId('commands'));
home.start();
keepPages();
