/** Importing this module defines `<enk-vault-settings>`. */
import './enk-vault-settings.define.ts';

export { EnkVaultSettings } from './enk-vault-settings.ts';
