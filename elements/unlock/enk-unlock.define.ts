import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkUnlock } from './enk-unlock.ts';

ensureContextRoot();

defineElement('enk-unlock', EnkUnlock);
