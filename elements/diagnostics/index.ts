/** Importing this module defines `<enk-diagnostics>`. */
import './enk-diagnostics.define.ts';

export { EnkDiagnostics } from './enk-diagnostics.ts';
export { diagnosticsReport } from './report.ts';
