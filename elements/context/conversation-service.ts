import { createContext } from '@lit/context';
import type { Observable } from './observable.ts';
import type { ContactId, MessageId, MessageTimer, MessageView, SearchPage } from './views.ts';

export type ConversationSnapshot =
  | { readonly kind: 'loading' }
  | {
      readonly kind: 'open';
      /** Ascending by position, without gaps but for what was deleted. */
      readonly messages: readonly MessageView[];
      readonly hasOlder: boolean;
      readonly isLoadingOlder: boolean;
      /** True while an older part is shown (`showAround`): the newest messages are not in it. */
      readonly hasNewer: boolean;
    }
  | { readonly kind: 'failed'; readonly code: string };

/** One contact's messages. Reading starts with the first subscription. */
export interface Conversation extends Observable<ConversationSnapshot> {
  readonly contactId: ContactId;
  /** Resolves once the message is durable on this device. Rejects with `message-too-large` above 64 KiB of UTF-8. */
  send(text: string): Promise<MessageId>;
  /** Reads one more page; resolves without effect when there is none, or while one is on its way. */
  loadOlder(): Promise<void>;
  /** The same towards the newest message. */
  loadNewer(): Promise<void>;
  /** Shows the part around a position, unless it is in memory already. */
  showAround(position: number): Promise<void>;
  /** Reads the newest page again: after a failure, or to come back from an older part. */
  reload(): Promise<void>;
  /** How long messages of both sides stay, from now on; null: for good. */
  setTimer(timer: MessageTimer | null): Promise<void>;
  /** Gone from this device at once, and for UNDO_DELETE_MS to be taken back. */
  deleteHere(positions: readonly number[]): Promise<void>;
  undoDelete(positions: readonly number[]): Promise<void>;
  /** Own messages: the other's app is asked, too. */
  deleteForEveryone(positions: readonly number[]): Promise<void>;
  markRead(upToPosition: number): Promise<void>;
  setTyping(isTyping: boolean): Promise<void>;
}

export interface SearchRequest {
  readonly query: string;
  /** In one conversation only. */
  readonly contactId?: ContactId;
  /** `next` of the page before. */
  readonly before?: string;
}

export interface ConversationService {
  /** The same object for the same contact as long as the service lives. */
  conversation(contactId: ContactId): Conversation;
  /** Messages of all conversations that have the words, newest first, a page at a time. */
  search(request: SearchRequest): Promise<SearchPage>;
}

export const conversationServiceContext = createContext<ConversationService>(
  Symbol.for('enk.conversation-service.v1'),
);
