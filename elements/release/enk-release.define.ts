import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkReleaseAlarm } from './enk-release-alarm.ts';
import { EnkRelease } from './enk-release.ts';

ensureContextRoot();

defineElement('enk-release', EnkRelease);
defineElement('enk-release-alarm', EnkReleaseAlarm);
