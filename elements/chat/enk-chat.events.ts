/**
 * Events of the chat. Requests stay inside (not composed); facts leave the element, and so carry ids only: the host
 * page hears them.
 */
import type { ContactId, MessageId, MessageView } from '@enk/context';

/** Which dialog the chat shows. */
export type ChatDialog =
  | { readonly kind: 'add' }
  | { readonly kind: 'invite' }
  | { readonly kind: 'accept'; readonly token: string }
  | { readonly kind: 'address' }
  | { readonly kind: 'contact'; readonly contactId: ContactId }
  | { readonly kind: 'safety'; readonly contactId: ContactId }
  | { readonly kind: 'timer'; readonly contactId: ContactId }
  | { readonly kind: 'delete'; readonly contactId: ContactId; readonly message: MessageView };

/** Show this conversation, or the list when null. */
export class EnkContactSelectRequestEvent extends Event {
  static readonly type = 'enk-contact-select-request';
  constructor(readonly contactId: ContactId | null) {
    super(EnkContactSelectRequestEvent.type, { bubbles: true, cancelable: true });
  }
}

/** Show this message in its conversation. */
export class EnkMessageShowRequestEvent extends Event {
  static readonly type = 'enk-message-show-request';
  constructor(
    readonly contactId: ContactId,
    readonly position: number,
  ) {
    super(EnkMessageShowRequestEvent.type, { bubbles: true, cancelable: true });
  }
}

/** Delete this message. It stays inside the conversation, which knows how. */
export class EnkMessageDeleteRequestEvent extends Event {
  static readonly type = 'enk-message-delete-request';
  constructor(
    readonly message: MessageView,
    readonly forEveryone: boolean,
  ) {
    super(EnkMessageDeleteRequestEvent.type, { bubbles: true, cancelable: true });
  }
}

/** Show this dialog instead of the current one. */
export class EnkDialogOpenRequestEvent extends Event {
  static readonly type = 'enk-dialog-open-request';
  constructor(readonly dialog: ChatDialog) {
    super(EnkDialogOpenRequestEvent.type, { bubbles: true, cancelable: true });
  }
}

/** Another conversation, or none, is shown. */
export class EnkContactSelectedEvent extends Event {
  static readonly type = 'enk-contact-selected';
  constructor(readonly contactId: ContactId | null) {
    super(EnkContactSelectedEvent.type, { bubbles: true, composed: true });
  }
}

/** A contact came into being by this person's doing. */
export class EnkContactAddedEvent extends Event {
  static readonly type = 'enk-contact-added';
  constructor(readonly contactId: ContactId) {
    super(EnkContactAddedEvent.type, { bubbles: true, composed: true });
  }
}

/** An own message is durable on this device. */
export class EnkMessageSentEvent extends Event {
  static readonly type = 'enk-message-sent';
  constructor(
    readonly contactId: ContactId,
    readonly messageId: MessageId,
  ) {
    super(EnkMessageSentEvent.type, { bubbles: true, composed: true });
  }
}

/** The number of unread messages over all contacts changed. */
export class EnkUnreadChangedEvent extends Event {
  static readonly type = 'enk-unread-changed';
  constructor(readonly count: number) {
    super(EnkUnreadChangedEvent.type, { bubbles: true, composed: true });
  }
}

declare global {
  interface HTMLElementEventMap {
    'enk-contact-select-request': EnkContactSelectRequestEvent;
    'enk-message-show-request': EnkMessageShowRequestEvent;
    'enk-message-delete-request': EnkMessageDeleteRequestEvent;
    'enk-dialog-open-request': EnkDialogOpenRequestEvent;
    'enk-contact-selected': EnkContactSelectedEvent;
    'enk-contact-added': EnkContactAddedEvent;
    'enk-message-sent': EnkMessageSentEvent;
    'enk-unread-changed': EnkUnreadChangedEvent;
  }
}
