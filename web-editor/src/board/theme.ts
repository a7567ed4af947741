/** The page's theme, for what is drawn and not styled. */

const system = matchMedia('(prefers-color-scheme: dark)');

export function themeOf(): 'light' | 'dark' {
  const chosen = document.documentElement.dataset.theme;
  return (chosen ?? (system.matches ? 'dark' : 'light')) === 'dark' ? 'dark' : 'light';
}

/** Calls `changed` whenever the theme may have changed; returns the way to stop. */
export function onTheme(changed: () => void): () => void {
  system.addEventListener('change', changed);
  const chosen = new MutationObserver(changed);
  chosen.observe(document.documentElement, { attributeFilter: ['data-theme'] });
  return () => {
    system.removeEventListener('change', changed);
    chosen.disconnect();
  };
}
