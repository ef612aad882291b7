/** One conversation of an import, written beside the one in force; `put` then puts it in its place, at once. */
import { P2pError } from '../errors.ts';
import { MAX_SEQ } from '../limits.ts';
import { ConversationRepository } from '../storage/conversation-repository.ts';
import type { ConversationRecord, MessageRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import type { Expiry } from '../retention/expiry-queue.ts';
import { HistoryMerge, type MergedHistory } from './history-merge.ts';

/** Messages a transaction, and a page that is read. */
const MESSAGES_AT_ONCE = 256;

export interface StagedOptions {
  /** As it is here. */
  readonly contactId: string;
  readonly there: ConversationRecord;
  readonly place: string;
  readonly incarnation: string;
}

export class StagedConversation {
  readonly contactId: string;
  /** What of it is to vanish, and when. */
  readonly expiries: Expiry[] = [];
  readonly #vault: Vault;
  readonly #place: string;
  /** What is in force. */
  readonly #here: ConversationRepository;
  readonly #isNew: boolean;
  readonly #staged: ConversationRepository;
  #merge!: HistoryMerge;
  #toWrite: MessageRecord[] = [];
  #merged: MergedHistory | null = null;

  private constructor(
    contactId: string,
    vault: Vault,
    place: string,
    here: ConversationRepository,
    staged: ConversationRepository,
    isNew: boolean,
  ) {
    this.contactId = contactId;
    this.#vault = vault;
    this.#place = place;
    this.#here = here;
    this.#staged = staged;
    this.#isNew = isNew;
  }

  static async begin(vault: Vault, options: StagedOptions): Promise<StagedConversation> {
    const { contactId, there, place, incarnation } = options;
    const repository = await ConversationRepository.open(vault, contactId);
    const here = await repository.load();
    const staged = await ConversationRepository.at(vault, contactId, place);
    const conversation = new StagedConversation(contactId, vault, place, repository, staged, here === null);
    conversation.#merge = await HistoryMerge.start({
      here,
      there,
      incarnation,
      read: () => allMessages(repository, here),
      put: message => conversation.#write(message),
    });
    return conversation;
  }

  get addedCount(): number {
    return this.#merged?.addedCount ?? 0;
  }

  get knownCount(): number {
    return this.#merged?.knownCount ?? 0;
  }

  /** Throws P2pError `export-malformed` when it is out of order. */
  async add(message: MessageRecord): Promise<void> {
    if (!(await this.#merge.add(message))) throw new P2pError('export-malformed');
  }

  /** Once every message was added. Idempotent. */
  async end(): Promise<void> {
    if (this.#merged !== null) return;
    const merged = await this.#merge.end();
    await this.#flush();
    this.#merged = merged;
  }

  /** Adds what puts it in force; where nothing was new, what removes what was written. */
  put(batch: WriteBatch): void {
    if (this.#merged === null) throw new P2pError('internal');
    const { addedCount, cursors, waiting } = this.#merged;
    if (addedCount === 0 && !this.#isNew) return this.#staged.deleteMessages(batch);
    this.#here.deleteMessages(batch);
    this.#here.deleteOutboxThrough(batch, MAX_SEQ);
    this.#staged.put(batch, { ...cursors, place: this.#place });
    for (const { incarnation, seq, position, text, sentAtMs, timer } of waiting) {
      const row = { incarnation, seq, position, text, sentAtMs };
      this.#staged.putOutbox(batch, timer === undefined ? row : { ...row, timer });
    }
  }

  async #write(message: MessageRecord): Promise<void> {
    this.#toWrite.push(message);
    const deadlineMs = Math.min(message.deadlineMs ?? Infinity, message.hiddenUntilMs ?? Infinity);
    if (deadlineMs < Infinity) this.expiries.push({ position: message.position, deadlineMs });
    if (this.#toWrite.length >= MESSAGES_AT_ONCE) await this.#flush();
  }

  async #flush(): Promise<void> {
    const messages = this.#toWrite;
    this.#toWrite = [];
    await this.#vault.update(batch => {
      for (const message of messages) this.#staged.putMessage(batch, message);
    });
  }
}

async function* allMessages(
  repository: ConversationRepository,
  cursors: ConversationRecord | null,
): AsyncGenerator<MessageRecord, void, undefined> {
  const end = cursors?.nextPosition ?? 0;
  for (let first = 0; first < end; first += MESSAGES_AT_ONCE) {
    yield* await repository.messagesBetween(first, Math.min(end, first + MESSAGES_AT_ONCE) - 1);
  }
}
