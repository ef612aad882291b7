/** Importing this module defines `<enk-preview>`. Others load it when somebody opens a preview, not before. */
import './enk-preview.define.ts';

export { EnkPreview, EnkPreviewCloseRequestEvent } from './enk-preview.ts';
