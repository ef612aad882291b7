/** The colour theme of this browser. Not a secret and needed before the store opens, so it lives in localStorage. */
export type Theme = 'auto' | 'light' | 'dark';

const KEY = 'enk-theme';

export function loadTheme(): Theme {
  const stored = storage()?.getItem(KEY);
  return stored === 'light' || stored === 'dark' ? stored : 'auto';
}

/** For as long as the page is open where this site may store nothing. */
export function saveTheme(theme: Theme): void {
  if (theme === 'auto') storage()?.removeItem(KEY);
  else storage()?.setItem(KEY, theme);
}

/** Null where the browser lets this site store nothing: what to say about that is the profile's. */
function storage(): Storage | null {
  try {
    return localStorage;
  } catch {
    return null; // reading the property throws a SecurityError
  }
}

/** Sets the scheme of the page itself, which lies outside every element. */
export function applyTheme(theme: Theme): void {
  if (theme === 'auto') delete document.documentElement.dataset['theme'];
  else document.documentElement.dataset['theme'] = theme;
}
