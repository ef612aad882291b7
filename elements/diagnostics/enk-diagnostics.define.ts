import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkDiagnostics } from './enk-diagnostics.ts';

ensureContextRoot();

defineElement('enk-diagnostics', EnkDiagnostics);
