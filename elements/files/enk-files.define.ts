import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkFileRow } from './enk-file-row.ts';
import { EnkFileThumbnail } from './enk-file-thumbnail.ts';
import { EnkFiles } from './enk-files.ts';

ensureContextRoot();

defineElement('enk-file-thumbnail', EnkFileThumbnail);
defineElement('enk-file-row', EnkFileRow);
defineElement('enk-files', EnkFiles);
