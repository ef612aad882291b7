import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkCall } from './enk-call.ts';
import { EnkCallButtons } from './enk-call-buttons.ts';
import { EnkCallTile } from './enk-call-tile.ts';
import { EnkMissedCalls } from './enk-missed-calls.ts';
import { EnkDevicePanel } from './enk-device-panel.ts';

ensureContextRoot();

defineElement('enk-call-buttons', EnkCallButtons);
defineElement('enk-call-tile', EnkCallTile);
defineElement('enk-device-panel', EnkDevicePanel);
defineElement('enk-missed-calls', EnkMissedCalls);
// Last, so that its first rendering finds all the others.
defineElement('enk-call', EnkCall);
