/** The reference app. Importing this module defines its elements; the page holds one `<enk-shell>`. */
import './enk-shell.define.ts';

export { EnkShell } from './enk-shell.ts';
