/** Cards or rows: remembered, and applied before the first paint by theme.js. */
import { icon } from '../page/dom';
import { GRID, ROWS } from './icons';

const STORED = 'weft-home-view';

export function bindViewSwitch(button: HTMLButtonElement): () => void {
  const root = document.documentElement;
  const show = () => {
    const rows = root.dataset.homeView === 'list';
    const label = rows ? 'Show as cards' : 'Show as a list';
    button.replaceChildren(icon(...(rows ? GRID : ROWS)));
    button.setAttribute('aria-label', label);
    button.title = label;
  };
  const toggle = () => {
    const rows = root.dataset.homeView !== 'list';
    if (rows) root.dataset.homeView = 'list';
    else delete root.dataset.homeView;
    remember(rows);
    show();
  };
  button.addEventListener('click', toggle);
  show();
  return toggle;
}

function remember(rows: boolean): void {
  try {
    if (rows) localStorage.setItem(STORED, 'list');
    else localStorage.removeItem(STORED);
  } catch {
    // Without storage the choice lasts as long as the page.
  }
}
