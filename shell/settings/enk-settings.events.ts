import type { Theme } from '../theme-setting.ts';

/** The person wants to leave the settings. */
export class SettingsCloseEvent extends Event {
  static readonly type = 'enk-settings-close-request';
  constructor() {
    super(SettingsCloseEvent.type, { bubbles: true, cancelable: true });
  }
}

/** The person chose a theme. */
export class SettingsThemeEvent extends Event {
  static readonly type = 'enk-settings-theme-request';
  constructor(readonly theme: Theme) {
    super(SettingsThemeEvent.type, { bubbles: true, cancelable: true });
  }
}
