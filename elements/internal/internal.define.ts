import { defineElement } from './define.ts';
import { EnkAvatar } from './enk-avatar.ts';
import { EnkCopyButton } from './enk-copy-button.ts';
import { EnkDialog } from './enk-dialog.ts';
import { EnkEraseDialog } from './enk-erase-dialog.ts';
import { EnkImportDialog } from './enk-import-dialog.ts';
import { EnkQr } from './enk-qr.ts';
import { EnkRecoveryKey } from './enk-recovery-key.ts';
import { EnkSecretForm } from './enk-secret-form.ts';

defineElement('enk-avatar', EnkAvatar);
defineElement('enk-copy-button', EnkCopyButton);
defineElement('enk-dialog', EnkDialog);
defineElement('enk-erase-dialog', EnkEraseDialog);
defineElement('enk-import-dialog', EnkImportDialog);
defineElement('enk-qr', EnkQr);
defineElement('enk-recovery-key', EnkRecoveryKey);
defineElement('enk-secret-form', EnkSecretForm);
