/** Importing this module defines `<enk-call>` and what it consists of. */
import './enk-call.define.ts';

export { EnkCall } from './enk-call.ts';
export { EnkCallButtons } from './enk-call-buttons.ts';
export { EnkMissedCalls } from './enk-missed-calls.ts';
export { EnkCallChangedEvent } from './enk-call.events.ts';
