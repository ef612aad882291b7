/** A place of a fixed size and theme for one test. */
export interface StageOptions {
  readonly widthPx: number;
  readonly heightPx?: number;
  readonly theme?: 'light' | 'dark';
}

export function makeStage({ widthPx, heightPx = 640, theme = 'light' }: StageOptions): HTMLElement {
  const stage = document.createElement('div');
  const set = (name: string, value: string): void => stage.style.setProperty(name, value);
  set('width', `${widthPx}px`);
  set('height', `${heightPx}px`);
  set('color-scheme', theme);
  set('background', theme === 'dark' ? '#121316' : '#ffffff');
  // Nothing moves while it is measured.
  set('--enk-motion', '0ms');
  document.body.append(stage);
  return stage;
}
