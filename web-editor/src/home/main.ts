/** Entry of the home page. */
import '../page/base.css';
import './home.css';
import { byId } from '../page/dom';
import { bindThemeSwitch } from '../page/theme-switch';
import { Home } from './home';

bindThemeSwitch(byId('theme-switch'));
new Home().start();
