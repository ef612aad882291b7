/** Importing this module defines `<enk-files>`. */
import './enk-files.define.ts';

export { EnkFiles } from './enk-files.ts';
