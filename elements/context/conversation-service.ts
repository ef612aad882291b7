import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type { ContactId, MessageId, MessageView } from './views.ts';

export type ConversationSnapshot =
  | { readonly kind: 'loading' }
  | {
      readonly kind: 'open';
      /** Ascending by position, without gaps. */
      readonly messages: readonly MessageView[];
      readonly hasOlder: boolean;
      readonly isLoadingOlder: boolean;
    }
  | { readonly kind: 'failed'; readonly code: string };

/** One contact's messages. Reading starts with the first subscription. */
export interface Conversation extends Observable<ConversationSnapshot> {
  readonly contactId: ContactId;
  /** Resolves once the message is durable on this device. Rejects with `message-too-large` above 64 KiB of UTF-8. */
  send(text: string): Promise<MessageId>;
  /** Reads one more page; resolves without effect when there is none, or while one is on its way. */
  loadOlder(): Promise<void>;
  /** Reads the newest page again after a failure. */
  reload(): Promise<void>;
  markRead(upToPosition: number): Promise<void>;
  setTyping(isTyping: boolean): Promise<void>;
}

export interface ConversationService {
  /** The same object for the same contact as long as the service lives. */
  conversation(contactId: ContactId): Conversation;
}

export const conversationServiceContext = createContext<ConversationService>(
  Symbol.for('enk.conversation-service.v1'),
);
