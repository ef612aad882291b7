/** Importing this module defines `<enk-chat>` and the elements that it is made of. */
import './enk-chat.define.ts';

export { EnkChat } from './enk-chat.ts';
export {
  EnkContactAddedEvent,
  EnkContactSelectedEvent,
  EnkMessageSentEvent,
  EnkUnreadChangedEvent,
} from './enk-chat.events.ts';
export { inviteLink, inviteToken } from './invite-link.ts';
