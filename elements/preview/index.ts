/** Importing this module defines `<enk-preview>`. Others load it when somebody opens a preview, not before. */
import './enk-preview.define.ts';

export { voiceFile, type Recorded } from './media/voice-file.ts';
export { EnkPreview, EnkPreviewCloseRequestEvent } from './enk-preview.ts';
