import { defineElement } from './define.ts';
import { EnkAvatar } from './enk-avatar.ts';
import { EnkCopyButton } from './enk-copy-button.ts';
import { EnkDialog } from './enk-dialog.ts';
import { EnkEraseDialog } from './enk-erase-dialog.ts';
import { EnkQr } from './enk-qr.ts';
import { EnkSecretForm } from './enk-secret-form.ts';
import { EnkTransfer } from './enk-transfer.ts';

defineElement('enk-avatar', EnkAvatar);
defineElement('enk-copy-button', EnkCopyButton);
defineElement('enk-dialog', EnkDialog);
defineElement('enk-erase-dialog', EnkEraseDialog);
defineElement('enk-qr', EnkQr);
defineElement('enk-secret-form', EnkSecretForm);
defineElement('enk-transfer', EnkTransfer);
