/** Keyboard shortcuts, written `Mod+Shift+X`: Mod is Ctrl, on Apple's keyboards Cmd. */

const APPLE = /Mac|iP(hone|ad|od)/.test(navigator.platform);

export function matchesKeys(event: KeyboardEvent, keys: string): boolean {
  const parts = keys.split('+');
  const key = parts.pop()!.toLowerCase();
  const mod = APPLE ? event.metaKey : event.ctrlKey;
  const other = APPLE ? event.ctrlKey : event.metaKey;
  return (
    event.key.toLowerCase() === key && mod === parts.includes('Mod') && !other
    && event.shiftKey === parts.includes('Shift') && event.altKey === parts.includes('Alt')
  );
}

/** As a person reads them. */
export function shownKeys(keys: string): string {
  return APPLE ? keys.replace('Mod', '⌘').replace('Shift', '⇧').replace('Alt', '⌥').replaceAll('+', '') : keys.replace('Mod', 'Ctrl');
}

/** As `aria-keyshortcuts` wants them. */
export function ariaKeys(keys: string): string {
  return keys.replace('Mod', APPLE ? 'Meta' : 'Control');
}
