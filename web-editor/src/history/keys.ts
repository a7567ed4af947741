/** The player by keyboard. Nothing that is pressed here reaches the document behind it. */

export interface Keyed {
  close: () => void;
  toggle: () => void;
  step: (by: number) => void;
  stop: (by: number) => void;
  ends: (last: boolean) => void;
  /** Names what is shown. */
  name: () => void;
}

export function playerKey(event: KeyboardEvent, root: HTMLElement, player: Keyed): void {
  const target = event.target instanceof Element ? event.target : null;
  // Dialogs and the palette have their own keys.
  if (document.querySelector('dialog[open]') || target?.closest('dialog')) return;
  const inside = target !== null && root.contains(target);
  const act = (inside || target === document.body) && !event.defaultPrevented ? action(event, target, player) : null;
  if (act) {
    event.preventDefault();
    act();
  }
  // The board listens to the whole page; what is pressed inside is stopped at the edge of the player.
  if (act || !inside) event.stopPropagation();
}

function action(event: KeyboardEvent, target: Element | null, player: Keyed): (() => void) | null {
  if (event.ctrlKey || event.metaKey || event.altKey) return null;
  const slider = target?.getAttribute('role') === 'slider';
  if (target?.closest('input, select, textarea') && event.key !== 'Escape') return null;
  const move = (by: number) => () => (event.shiftKey ? player.stop(by) : player.step(by));
  switch (event.key) {
    // A menu goes first.
    case 'Escape': return document.querySelector(':popover-open') ? null : () => player.close();
    case 'F2': return () => player.name();
    case ' ': return target?.closest('button, a') ? null : () => player.toggle();
    case 'ArrowRight': return move(1);
    case 'ArrowLeft': return move(-1);
    case 'ArrowUp': return slider ? move(1) : null;
    case 'ArrowDown': return slider ? move(-1) : null;
    case 'PageUp': return slider ? () => player.stop(1) : null;
    case 'PageDown': return slider ? () => player.stop(-1) : null;
    case 'Home': return slider ? () => player.ends(false) : null;
    case 'End': return slider ? () => player.ends(true) : null;
    default: return null;
  }
}
