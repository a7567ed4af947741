// Runs before the first paint, so that a chosen theme or view never flashes the other one. Without a choice CSS follows the system.
(() => {
  try {
    const theme = localStorage.getItem('weft-theme');
    if (theme === 'light' || theme === 'dark') document.documentElement.dataset.theme = theme;
    if (localStorage.getItem('weft-home-view') === 'list') document.documentElement.dataset.homeView = 'list';
  } catch {
    // Storage may be forbidden; the system's theme applies.
  }
})();
