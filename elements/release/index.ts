/** Importing this module defines `<enk-release>` and `<enk-release-alarm>`. */
import './enk-release.define.ts';

export { EnkRelease } from './enk-release.ts';
export { EnkReleaseAlarm } from './enk-release-alarm.ts';
