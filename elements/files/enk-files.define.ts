import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkFileRow } from './enk-file-row.ts';
import { EnkFileThumbnail } from './enk-file-thumbnail.ts';
import { EnkFolderRow } from './enk-folder-row.ts';
import { EnkKeptFolder } from './enk-kept-folder.ts';
import { EnkMoveDialog } from './enk-move-dialog.ts';
import { EnkNameForm } from './enk-name-form.ts';
import { EnkFiles } from './enk-files.ts';

ensureContextRoot();

defineElement('enk-file-thumbnail', EnkFileThumbnail);
defineElement('enk-name-form', EnkNameForm);
defineElement('enk-file-row', EnkFileRow);
defineElement('enk-folder-row', EnkFolderRow);
defineElement('enk-kept-folder', EnkKeptFolder);
defineElement('enk-move-dialog', EnkMoveDialog);
defineElement('enk-files', EnkFiles);
