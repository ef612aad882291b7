/** The colour theme of this browser. Not a secret and needed before the store opens, so it lives in localStorage. */
export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'enk-theme';

export function loadTheme(): Theme {
  const stored = localStorage.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'auto';
}

export function saveTheme(theme: Theme): void {
  if (theme === 'auto') localStorage.removeItem(KEY);
  else localStorage.setItem(KEY, theme);
}

/** Sets the scheme of the page itself, which lies outside every element. */
export function applyTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
