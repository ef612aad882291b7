/**
 * Wire → history, for one conversation. Messages gather while a commit is under way and are then stored
 * together; an acknowledgement leaves only after its transaction. P2P-DEL-04, P2P-DEL-06, P2P-DEL-07.
 */
import { P2pError } from '../errors.ts';
import { MAX_IN_FLIGHT_FRAMES } from '../limits.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import type { MessageRecord } from '../storage/records.ts';
import { AckGatherer } from './ack-gatherer.ts';
import type { AnnouncedTimer, ConversationStore } from './conversation-store.ts';
import type { DeliverySession } from './outflow.ts';

interface Arrived {
  readonly session: DeliverySession;
  readonly pdu: PduOf<'message'>;
  readonly timer: AnnouncedTimer | null;
}

export interface InflowEvents {
  onStored(messages: readonly MessageRecord[]): void;
  /** Storage refused: nothing was acknowledged, the peer will send again. */
  onStorageError(error: unknown): void;
}

export class Inflow {
  readonly #store: ConversationStore;
  readonly #clock: Clock;
  readonly #acks: AckGatherer;
  readonly #events: InflowEvents;
  #arrived: Arrived[] = [];
  #draining: Promise<void> | null = null;

  constructor(store: ConversationStore, clock: Clock, events: InflowEvents) {
    this.#store = store;
    this.#clock = clock;
    this.#acks = new AckGatherer(clock);
    this.#events = events;
  }

  /** Takes a message; resolves at once while a full window is not waiting, else when there is room again. */
  async accept(session: DeliverySession, pdu: PduOf<'message'>, timer: AnnouncedTimer | null): Promise<void> {
    this.#arrived.push({ session, pdu, timer });
    this.#draining ??= this.#drain();
    if (this.#arrived.length >= MAX_IN_FLIGHT_FRAMES) await this.#draining;
  }

  async #drain(): Promise<void> {
    while (this.#arrived.length > 0) {
      const batch = this.#takeBatch();
      await this.#commit(batch.session, batch.arrived).catch((error: unknown) => {
        this.#arrived = this.#arrived.filter(({ session }) => session !== batch.session);
        // A contact that was removed meanwhile is no fault of the storage.
        const isRemoved = error instanceof P2pError && error.code === 'unknown-contact';
        if (!isRemoved) this.#events.onStorageError(error);
        batch.session.fail('storage');
      });
    }
    this.#draining = null;
  }

  /** The leading messages of one session. */
  #takeBatch(): { session: DeliverySession; arrived: Arrived[] } {
    const session = (this.#arrived[0] as Arrived).session;
    const end = this.#arrived.findIndex(arrived => arrived.session !== session);
    return { session, arrived: this.#arrived.splice(0, end === -1 ? this.#arrived.length : end) };
  }

  async #commit(session: DeliverySession, arrived: readonly Arrived[]): Promise<void> {
    const { stored, acks, isRefused } = await this.#store.storeIncoming(
      arrived.map(({ pdu }) => pdu),
      this.#clock.nowMs(),
      arrived.map(({ timer }) => timer),
    );
    if (stored.length > 0) this.#events.onStored(stored);
    this.#acks.add(session, acks, arrived.length);
    if (!isRefused) return;
    this.#acks.flush();
    session.fail('order');
  }
}
