/** The page's theme, for what is drawn and not styled. */

const system = matchMedia('(prefers-color-scheme: dark)');

export function themeOf(): 'light' | 'dark' {
  const chosen = document.documentElement.dataset.theme;
  return (chosen ?? (system.matches ? 'dark' : 'light')) === 'dark' ? 'dark' : 'light';
}

export function onTheme(changed: () => void): void {
  system.addEventListener('change', changed);
  new MutationObserver(changed).observe(document.documentElement, { attributeFilter: ['data-theme'] });
}
