import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkFileProperties } from './enk-file-properties.ts';
import { EnkPreview } from './enk-preview.ts';
import { EnkPreviewFilm } from './enk-preview-film.ts';
import { EnkPreviewFrame } from './enk-preview-frame.ts';
import { EnkPreviewText } from './enk-preview-text.ts';

ensureContextRoot();

defineElement('enk-preview-text', EnkPreviewText);
defineElement('enk-preview-film', EnkPreviewFilm);
defineElement('enk-preview-frame', EnkPreviewFrame);
defineElement('enk-file-properties', EnkFileProperties);
defineElement('enk-preview', EnkPreview);
