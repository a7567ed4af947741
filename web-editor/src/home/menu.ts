/** Menus in native popovers: arrow keys move, letters jump, Escape returns to the button. */
import { el, icon } from '../page/dom';

export interface MenuItem {
  label: string;
  run: () => void;
  /** Said beside the label: a key, or a few words. */
  hint?: string;
  icon?: string[];
  danger?: boolean;
}

export interface MenuGroup {
  title?: string;
  items: MenuItem[];
}

const GAP_PX = 6;
const MARGIN_PX = 8;

/** Opens a menu at its button; it is built for this once and gone when it closes. */
export function openMenu(button: HTMLElement, label: string, groups: MenuGroup[]): void {
  const menu = el('div', { class: 'popover menu', role: 'menu', 'aria-label': label, tabindex: -1 });
  menu.popover = 'auto';
  menu.append(...groups.map((group) => drawGroup(group, menu)));
  menu.addEventListener('keydown', (event) => move(event, menu, button));
  menu.addEventListener('toggle', (event) => {
    if ((event as ToggleEvent).newState === 'open') return;
    button.setAttribute('aria-expanded', 'false');
    if (menu.contains(document.activeElement)) button.focus();
    menu.remove();
  });
  // Inside a modal dialog or not: beside its button, so that the order of the focus is that of the page.
  button.after(menu);
  menu.showPopover();
  place(button, menu);
  button.setAttribute('aria-expanded', 'true');
  itemsOf(menu)[0]?.focus();
}

function drawGroup({ title, items }: MenuGroup, menu: HTMLElement): HTMLElement {
  const drawn = items.map(({ label, run, hint, icon: paths, danger }) => {
    const choose = () => {
      menu.hidePopover();
      run();
    };
    return el('button', { type: 'button', role: 'menuitem', tabindex: -1, class: 'menu-item', 'data-danger': danger, onclick: choose },
      paths ? icon(...paths) : null,
      el('span', { class: 'menu-label' }, label),
      hint ? el('span', { class: 'menu-hint', 'aria-hidden': 'true' }, hint) : null,
    );
  });
  const heading = title ? el('div', { class: 'menu-title', 'aria-hidden': 'true' }, title) : null;
  return el('div', { role: 'group', class: 'menu-group', 'aria-label': title }, heading, ...drawn);
}

function move(event: KeyboardEvent, menu: HTMLElement, button: HTMLElement): void {
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const { key } = event;
  if (key === 'ArrowDown') items[(at + 1) % items.length]?.focus();
  else if (key === 'ArrowUp') items.at(at <= 0 ? -1 : at - 1)?.focus();
  else if (key === 'Home') items[0]?.focus();
  else if (key === 'End') items.at(-1)?.focus();
  else if (key === 'Tab' || key === 'Escape') {
    button.focus();
    menu.hidePopover();
    if (key === 'Tab') return;
  } else if (key.length === 1 && key !== ' ' && !event.ctrlKey && !event.metaKey) {
    const later = [...items.slice(at + 1), ...items.slice(0, at + 1)];
    later.find((item) => label(item).startsWith(key.toLowerCase()))?.focus();
  } else return;
  event.preventDefault();
  // A letter or Delete in the menu is not meant for the card or the page.
  event.stopPropagation();
}

function label(item: HTMLElement): string {
  return item.querySelector('.menu-label')?.textContent?.toLowerCase() ?? '';
}

function itemsOf(menu: HTMLElement): HTMLElement[] {
  return [...menu.querySelectorAll<HTMLElement>('[role=menuitem]')];
}

/** Below the button, above it where there is more room, and always inside the window. */
function place(button: HTMLElement, menu: HTMLElement): void {
  const anchor = button.getBoundingClientRect();
  const below = innerHeight - anchor.bottom - GAP_PX - MARGIN_PX;
  const above = anchor.top - GAP_PX - MARGIN_PX;
  const up = menu.offsetHeight > below && above > below;
  const room = Math.max(120, up ? above : below);
  menu.style.maxHeight = `${room}px`;
  const height = Math.min(menu.offsetHeight, room);
  const left = Math.min(anchor.right - menu.offsetWidth, innerWidth - menu.offsetWidth - MARGIN_PX);
  menu.style.left = `${Math.max(MARGIN_PX, left)}px`;
  menu.style.top = `${up ? anchor.top - GAP_PX - height : anchor.bottom + GAP_PX}px`;
}
