/** Importing this module defines `<enk-unlock>`. */
import './enk-unlock.define.ts';

export { EnkLockChangedEvent } from './enk-unlock.events.ts';
export { EnkUnlock } from './enk-unlock.ts';
