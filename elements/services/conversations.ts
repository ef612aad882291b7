/**
 * Conversations over the worker: pages are read on demand, changes come as events. Invariant: an open snapshot's
 * messages are a gapless run that ends at the newest message the worker told about, unless it says `hasNewer`.
 */
import type {
  ContactId,
  Conversation,
  ConversationService,
  ConversationSnapshot,
  MessageId,
  MessageTimer,
  MessageView,
  SearchPage,
  SearchRequest,
} from '@enk/context';
import { mergeEvents, mergePage } from './message-window.ts';
import { toServiceError } from './service-error.ts';
import { Store } from './store.ts';
import type { WorkerConnection } from './worker-connection.ts';

/** Messages per page: two to three screens. */
const PAGE_SIZE = 50;

class WorkerConversation extends Store<ConversationSnapshot> implements Conversation {
  readonly contactId: ContactId;
  readonly #worker: WorkerConnection;
  /** Events that came while the first page was on its way. */
  #early: MessageView[] = [];
  readonly #removedEarly = new Set<number>();
  #firstPage: Promise<void> | undefined;
  /** Highest position that was heard of: behind it there is nothing to read. */
  #newestPosition = -1;
  #isLoadingNewer = false;
  /** With `hasNewer`: positions up to here were read, whether something is left there or not. */
  #readEnd = -1;

  constructor(worker: WorkerConnection, contactId: ContactId) {
    super({ kind: 'loading' });
    this.#worker = worker;
    this.contactId = contactId;
  }

  override subscribe(listener: () => void): () => void {
    const release = super.subscribe(listener);
    this.#firstPage ??= this.#loadFirstPage();
    return release;
  }

  /** Called with every `messages` event of this contact. */
  receive(messages: readonly MessageView[]): void {
    if (this.snapshot.kind !== 'open') {
      if (this.#firstPage) this.#early.push(...messages);
      return;
    }
    const { snapshot } = this;
    this.#newestPosition = Math.max(this.#newestPosition, ...messages.map(({ position }) => position));
    this.replace({ ...snapshot, messages: mergeEvents(snapshot.messages, messages, snapshot.hasNewer) });
  }

  /** Called with every `messages-removed` event of this contact. */
  remove(positions: readonly number[]): void {
    const gone = new Set(positions);
    this.#early = this.#early.filter(({ position }) => !gone.has(position));
    if (this.snapshot.kind !== 'open') {
      // The page that is on its way may hold them still.
      if (this.#firstPage) positions.forEach(position => this.#removedEarly.add(position));
      return;
    }
    const messages = this.snapshot.messages.filter(({ position }) => !gone.has(position));
    this.replace({ ...this.snapshot, messages });
  }

  /** Reads the newest page again: what happened to it may not have been told. */
  async refresh(): Promise<void> {
    if (this.snapshot.kind !== 'open') return;
    if (this.snapshot.hasNewer) return this.reload();
    const page = await this.#worker.request('listMessages', { contactId: this.contactId, limit: PAGE_SIZE });
    const { snapshot } = this;
    if (snapshot.kind !== 'open' || snapshot.hasNewer) return; // what is shown is older than what changed
    const end = snapshot.messages.at(-1)?.position ?? -1;
    const isGapless = (page.messages[0]?.position ?? 0) <= end + 1;
    // What is not in the page was deleted meanwhile.
    const older = snapshot.messages.filter(({ position }) => position < (page.messages[0]?.position ?? 0));
    if (isGapless) this.replace({ ...snapshot, messages: mergeEvents(older, page.messages) });
    else this.replace({ kind: 'open', ...page, isLoadingOlder: false, hasNewer: false });
  }

  send(text: string): Promise<MessageId> {
    return this.#worker.request('sendMessage', { contactId: this.contactId, text });
  }

  async loadOlder(): Promise<void> {
    const before = this.snapshot;
    if (before.kind !== 'open' || !before.hasOlder || before.isLoadingOlder) return;
    const beforePosition = before.messages[0]?.position;
    if (beforePosition === undefined) return;
    this.replace({ ...before, isLoadingOlder: true });
    try {
      const page = await this.#worker.request('listMessages', {
        contactId: this.contactId,
        beforePosition,
        limit: PAGE_SIZE,
      });
      if (this.snapshot.kind !== 'open') return;
      this.replace({
        kind: 'open',
        messages: mergePage(this.snapshot.messages, page),
        hasOlder: page.hasOlder,
        isLoadingOlder: false,
        hasNewer: this.snapshot.hasNewer,
      });
    } catch (error) {
      if (this.snapshot.kind === 'open') this.replace({ ...this.snapshot, isLoadingOlder: false });
      throw toServiceError(error);
    }
  }

  async showAround(position: number): Promise<void> {
    await (this.#firstPage ??= this.#loadFirstPage());
    if (this.snapshot.kind !== 'open' || this.#holds(position)) return;
    const page = await this.#worker.request('listMessages', {
      contactId: this.contactId,
      beforePosition: position + PAGE_SIZE / 2,
      limit: PAGE_SIZE,
    });
    if (this.snapshot.kind !== 'open') return;
    this.#readEnd = position + PAGE_SIZE / 2 - 1;
    const hasNewer = this.#readEnd < this.#newestPosition;
    this.replace({ kind: 'open', ...page, isLoadingOlder: false, hasNewer });
  }

  #holds(position: number): boolean {
    return (
      this.snapshot.kind === 'open' && this.snapshot.messages.some(message => message.position === position)
    );
  }

  async loadNewer(): Promise<void> {
    const before = this.snapshot;
    if (before.kind !== 'open' || !before.hasNewer || this.#isLoadingNewer) return;
    const from = this.#readEnd;
    const end = Math.min(from + PAGE_SIZE, this.#newestPosition);
    this.#isLoadingNewer = true;
    try {
      const page = await this.#worker.request('listMessages', {
        contactId: this.contactId,
        beforePosition: end + 1,
        limit: PAGE_SIZE,
      });
      const { snapshot } = this;
      if (snapshot.kind !== 'open' || !snapshot.hasNewer || this.#readEnd !== from) return;
      this.#readEnd = end;
      const messages = mergePage(snapshot.messages, page);
      this.replace({ ...snapshot, messages, hasNewer: end < this.#newestPosition });
    } catch (error) {
      throw toServiceError(error);
    } finally {
      this.#isLoadingNewer = false;
    }
  }

  reload(): Promise<void> {
    this.replace({ kind: 'loading' });
    this.#firstPage = this.#loadFirstPage();
    return this.#firstPage;
  }

  setTimer(timer: MessageTimer | null): Promise<void> {
    return this.#worker.request('setTimer', { contactId: this.contactId, timer });
  }

  deleteHere(positions: readonly number[]): Promise<void> {
    return this.#delete(positions, false);
  }

  deleteForEveryone(positions: readonly number[]): Promise<void> {
    return this.#delete(positions, true);
  }

  #delete(positions: readonly number[], forEveryone: boolean): Promise<void> {
    return this.#worker.request('deleteMessages', { contactId: this.contactId, positions, forEveryone });
  }

  undoDelete(positions: readonly number[]): Promise<void> {
    return this.#worker.request('undoDelete', { contactId: this.contactId, positions });
  }

  markRead(upToPosition: number): Promise<void> {
    return this.#worker.request('markRead', { contactId: this.contactId, upToPosition });
  }

  setTyping(isTyping: boolean): Promise<void> {
    return this.#worker.request('setTyping', { contactId: this.contactId, isTyping });
  }

  async #loadFirstPage(): Promise<void> {
    try {
      const page = await this.#worker.request('listMessages', {
        contactId: this.contactId,
        limit: PAGE_SIZE,
      });
      const messages = mergeEvents(
        page.messages.filter(({ position }) => !this.#removedEarly.has(position)),
        this.#early,
      );
      this.#early = [];
      this.#removedEarly.clear();
      this.#newestPosition = messages.at(-1)?.position ?? -1;
      this.replace({
        kind: 'open',
        messages,
        hasOlder: page.hasOlder,
        isLoadingOlder: false,
        hasNewer: false,
      });
    } catch (error) {
      this.replace({ kind: 'failed', code: toServiceError(error).code });
    }
  }
}

/** ConversationService over the worker: one Conversation per contact. */
export class WorkerConversationService implements ConversationService {
  readonly #worker: WorkerConnection;
  readonly #conversations = new Map<ContactId, WorkerConversation>();

  constructor(worker: WorkerConnection) {
    this.#worker = worker;
    worker.listen(event => {
      if (event.type === 'messages') this.#conversations.get(event.contactId)?.receive(event.messages);
      if (event.type === 'messages-removed')
        this.#conversations.get(event.contactId)?.remove(event.positions);
      if (event.type === 'resumed') this.#refreshAll();
      if (event.type === 'contacts') this.#forgetAllBut(event.contacts.map(contact => contact.id));
    });
  }

  conversation(contactId: ContactId): Conversation {
    let conversation = this.#conversations.get(contactId);
    if (!conversation) {
      conversation = new WorkerConversation(this.#worker, contactId);
      this.#conversations.set(contactId, conversation);
    }
    return conversation;
  }

  /** Nothing of a locked vault stays in the page. */
  forget(): void {
    this.#forgetAllBut([]);
  }

  search({ query, contactId, before }: SearchRequest): Promise<SearchPage> {
    return this.#worker.request('search', {
      query,
      limit: PAGE_SIZE,
      ...(contactId === undefined ? {} : { contactId }),
      ...(before === undefined ? {} : { before }),
    });
  }

  /** What cannot be read now says so when it is looked at. */
  #refreshAll(): void {
    for (const conversation of this.#conversations.values()) {
      conversation.refresh().catch(() => conversation.reload());
    }
  }

  /** A removed contact's text must not stay in memory. */
  #forgetAllBut(contactIds: readonly ContactId[]): void {
    const kept = new Set(contactIds);
    for (const id of this.#conversations.keys()) if (!kept.has(id)) this.#conversations.delete(id);
  }
}
