import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkAutoLock } from './enk-auto-lock.ts';
import { EnkExportDialog } from './enk-export-dialog.ts';
import { EnkMethodDialog } from './enk-method-dialog.ts';
import { EnkStorageUsed } from './enk-storage-used.ts';
import { EnkVaultSettings } from './enk-vault-settings.ts';

ensureContextRoot();

defineElement('enk-auto-lock', EnkAutoLock);
defineElement('enk-export-dialog', EnkExportDialog);
defineElement('enk-method-dialog', EnkMethodDialog);
defineElement('enk-storage-used', EnkStorageUsed);
defineElement('enk-vault-settings', EnkVaultSettings);
