import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkAutoLock } from './enk-auto-lock.ts';
import { EnkMethodDialog } from './enk-method-dialog.ts';
import { EnkRecoveryKey } from './enk-recovery-key.ts';
import { EnkStorageUsed } from './enk-storage-used.ts';
import { EnkVaultSettings } from './enk-vault-settings.ts';

ensureContextRoot();

defineElement('enk-auto-lock', EnkAutoLock);
defineElement('enk-method-dialog', EnkMethodDialog);
defineElement('enk-recovery-key', EnkRecoveryKey);
defineElement('enk-storage-used', EnkStorageUsed);
defineElement('enk-vault-settings', EnkVaultSettings);
