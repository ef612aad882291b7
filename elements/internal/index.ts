/** What the elements and the shell share to look and behave as one product. Importing defines the small elements. */
import './internal.define.ts';

export { baseStyles } from './base.styles.ts';
export { bytesText } from './bytes-text.ts';
export { buttonStyles, fieldStyles } from './controls.styles.ts';
export { defineElement } from './define.ts';
export { addDismissible, type Dismissible } from './dismissible-stack.ts';
export { EnkAvatar } from './enk-avatar.ts';
export { EnkCopyButton } from './enk-copy-button.ts';
export { deepActiveElement, EnkDialog, EnkDialogCloseRequestEvent } from './enk-dialog.ts';
export { EnkEraseDialog } from './enk-erase-dialog.ts';
export { EnkImportDialog } from './enk-import-dialog.ts';
export { EnkQr } from './enk-qr.ts';
export { EnkRecoveryKey, EnkRecoveryWrittenEvent } from './enk-recovery-key.ts';
export { EnkTransfer } from './enk-transfer.ts';
export { byteText } from './byte-text.ts';
export { EnkSecretForm, EnkSecretGivenEvent } from './enk-secret-form.ts';
export { icon, type IconName } from './icons.ts';
export { identicon, type Identicon, type IdenticonTile } from './identicon.ts';
export { errorText, setStrings, strings } from './strings.ts';
export { MinuteClock } from './minute-clock.ts';
export { movingStyles } from './moving.styles.ts';
export { EnkPreviewRequestEvent, PreviewController } from './preview-controller.ts';
export { progressStyles } from './progress.styles.ts';
export { passphraseStrength, type PassphraseStrength } from './passphrase-strength.ts';
export {
  clockTime,
  dayLabel,
  daysBetween,
  deadline,
  duration,
  fullTime,
  relativeTime,
  timeLeft,
} from './time.ts';
export { tokens } from './tokens.styles.ts';
export { EnkVoicePlayer, timeText } from './enk-voice-player.ts';
export {
  parseWaveform,
  type Waveform,
  WAVEFORM_BARS,
  WAVEFORM_HEAD_BYTES,
  waveformOf,
  waveformTag,
} from './waveform.ts';
export { visibleText } from './visible-text.ts';
export type { Strings } from '../locales/en.ts';
