/** The manual light/dark switch. The choice is applied before the first paint by theme.js. */
import { icon } from './dom';

const SUN = [
  'M10 6.5a3.5 3.5 0 1 0 0 7 3.5 3.5 0 0 0 0-7Z',
  'M10 1.8v1.7M10 16.5v1.7M1.8 10h1.7M16.5 10h1.7M4.2 4.2l1.2 1.2M14.6 14.6l1.2 1.2M4.2 15.8l1.2-1.2M14.6 5.4l1.2-1.2',
];
const MOON = ['M16.8 12.2A7.2 7.2 0 0 1 7.8 3.2a7.2 7.2 0 1 0 9 9Z'];

export function bindThemeSwitch(button: HTMLButtonElement): void {
  const system = matchMedia('(prefers-color-scheme: dark)');
  const root = document.documentElement;
  const current = () => root.dataset.theme ?? (system.matches ? 'dark' : 'light');
  const show = () => {
    const dark = current() === 'dark';
    const label = dark ? 'Switch to light theme' : 'Switch to dark theme';
    button.replaceChildren(dark ? icon(...SUN) : icon(...MOON));
    button.setAttribute('aria-label', label);
    button.title = label;
  };
  button.addEventListener('click', () => {
    const next = current() === 'dark' ? 'light' : 'dark';
    // Choosing what the system has anyway means following the system again.
    const followsSystem = (next === 'dark') === system.matches;
    if (followsSystem) delete root.dataset.theme;
    else root.dataset.theme = next;
    remember(followsSystem ? null : next);
    show();
  });
  system.addEventListener('change', show);
  show();
}

function remember(theme: string | null): void {
  try {
    if (theme) localStorage.setItem('weft-theme', theme);
    else localStorage.removeItem('weft-theme');
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
