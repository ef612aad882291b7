import { ensureContextRoot } from '@enk/context';
import { defineElement } from '@enk/internal';
import { EnkAcceptDialog } from './enk-accept-dialog.ts';
import { EnkAddDialog } from './enk-add-dialog.ts';
import { EnkAddressDialog } from './enk-address-dialog.ts';
import { EnkChat } from './enk-chat.ts';
import { EnkComposer } from './enk-composer.ts';
import { EnkConsentBanner } from './enk-consent-banner.ts';
import { EnkContactDialog } from './enk-contact-dialog.ts';
import { EnkContactList } from './enk-contact-list.ts';
import { EnkConversation } from './enk-conversation.ts';
import { EnkFirstRun } from './enk-first-run.ts';
import { EnkInviteDialog } from './enk-invite-dialog.ts';
import { EnkMessageList } from './enk-message-list.ts';
import { EnkProfileState } from './enk-profile-state.ts';
import { EnkSafetyDialog } from './enk-safety-dialog.ts';
import { EnkSearchResults } from './enk-search-results.ts';
import { EnkStatusLine } from './enk-status-line.ts';

ensureContextRoot();

defineElement('enk-accept-dialog', EnkAcceptDialog);
defineElement('enk-add-dialog', EnkAddDialog);
defineElement('enk-address-dialog', EnkAddressDialog);
defineElement('enk-composer', EnkComposer);
defineElement('enk-consent-banner', EnkConsentBanner);
defineElement('enk-contact-dialog', EnkContactDialog);
defineElement('enk-contact-list', EnkContactList);
defineElement('enk-conversation', EnkConversation);
defineElement('enk-first-run', EnkFirstRun);
defineElement('enk-invite-dialog', EnkInviteDialog);
defineElement('enk-message-list', EnkMessageList);
defineElement('enk-profile-state', EnkProfileState);
defineElement('enk-safety-dialog', EnkSafetyDialog);
defineElement('enk-search-results', EnkSearchResults);
defineElement('enk-status-line', EnkStatusLine);
// Last, so that its first rendering finds all the others.
defineElement('enk-chat', EnkChat);
