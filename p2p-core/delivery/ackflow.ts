/**
 * The peer's acknowledgements → outbox, for one conversation. They are cumulative, so while one is being committed
 * only the newest that follows is kept: a burst of them costs two transactions, not one each. P2P-DEL-05.
 */
import { P2pError } from '../errors.ts';
import type { MessageRecord } from '../storage/records.ts';
import type { ConversationStore } from './conversation-store.ts';
import type { DeliverySession } from './outflow.ts';
import type { SequencePoint } from './sequence.ts';

export interface AckflowEvents {
  /** The record says so now; `messages` are what was delivered by it. */
  onAcknowledged(messages: readonly MessageRecord[]): void;
  onStorageError(error: unknown): void;
}

interface Waiting {
  readonly session: DeliverySession;
  readonly point: SequencePoint;
}

export class Ackflow {
  readonly #store: ConversationStore;
  readonly #events: AckflowEvents;
  #waiting: Waiting | null = null;
  #draining: Promise<void> | null = null;

  constructor(store: ConversationStore, events: AckflowEvents) {
    this.#store = store;
    this.#events = events;
  }

  /** Takes an acknowledgement; resolves at once unless it is of another incarnation than the one that waits. */
  async accept(session: DeliverySession, point: SequencePoint): Promise<void> {
    const waiting = this.#waiting;
    const isOfSameKind =
      waiting === null || (waiting.session === session && waiting.point.incarnation === point.incarnation);
    if (!isOfSameKind) await this.#draining;
    // Never back: a smaller one says nothing new.
    if (this.#waiting === null || this.#waiting.point.seq < point.seq) this.#waiting = { session, point };
    this.#draining ??= this.#drain();
  }

  async #drain(): Promise<void> {
    for (let next = this.#waiting; next !== null; next = this.#waiting) {
      this.#waiting = null;
      const { session, point } = next;
      await this.#commit(session, point).catch((error: unknown) => {
        // A contact that was removed meanwhile is no fault of the storage.
        const isRemoved = error instanceof P2pError && error.code === 'unknown-contact';
        if (!isRemoved) this.#events.onStorageError(error);
        session.fail('storage');
      });
    }
    this.#draining = null;
  }

  async #commit(session: DeliverySession, point: SequencePoint): Promise<void> {
    const delivered = await this.#store.acknowledge(point);
    if (delivered === null) session.fail('order');
    else this.#events.onAcknowledged(delivered);
  }
}
