/** What the gallery page offers to the programs that drive it. */
export interface Gallery {
  readonly names: readonly string[];
  /** Draws the state in a theme; resolves when it stands still. */
  show(name: string, theme: 'light' | 'dark'): Promise<void>;
  /** What axe finds in the state that is shown, one line each. */
  check(): Promise<readonly string[]>;
}

declare global {
  interface Window {
    gallery: Gallery;
  }
}
