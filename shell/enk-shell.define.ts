import '@enk/call';
import '@enk/chat';
import '@enk/diagnostics';
import '@enk/provider';
import '@enk/release';
import '@enk/unlock';
import '@enk/files';
import '@enk/vault-settings';
import { ensureContextRoot } from '@enk/context';
import { EnkSettings } from './settings/enk-settings.ts';
import { EnkShell } from './enk-shell.ts';

ensureContextRoot();
if (!customElements.get('enk-settings')) customElements.define('enk-settings', EnkSettings);
if (!customElements.get('enk-shell')) customElements.define('enk-shell', EnkShell);
