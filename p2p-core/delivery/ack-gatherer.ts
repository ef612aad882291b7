/**
 * Acknowledgements that are due to the peer: cumulative, so of what gathers for ACK_GATHER_MS one a session and
 * incarnation is enough. Only what is durable comes here. P2P-DEL-04, P2P-DEL-15.
 */
import { ACK_GATHER_MS, MAX_UNACKNOWLEDGED_MESSAGES } from '../limits.ts';
import { encodePdu } from '../pdu/codec.ts';
import type { Clock } from '../ports/clock.ts';
import type { DeliverySession } from './outflow.ts';
import type { SequencePoint } from './sequence.ts';

export class AckGatherer {
  readonly #clock: Clock;
  readonly #due = new Map<DeliverySession, Map<string, SequencePoint>>();
  #messages = 0;
  #cancelTimer: (() => void) | null = null;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** So many messages are stored, up to these points. */
  add(session: DeliverySession, points: readonly SequencePoint[], messages: number): void {
    if (points.length === 0) return;
    const due = this.#due.get(session) ?? new Map<string, SequencePoint>();
    for (const point of points) due.set(point.incarnation, point);
    this.#due.set(session, due);
    this.#messages += messages;
    if (this.#messages >= MAX_UNACKNOWLEDGED_MESSAGES) this.flush();
    else this.#cancelTimer ??= this.#clock.setTimer(ACK_GATHER_MS, () => this.flush());
  }

  /** Sends what is due. */
  flush(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = null;
    const due = [...this.#due];
    this.#due.clear();
    this.#messages = 0;
    for (const [session, points] of due) {
      for (const { incarnation, seq } of points.values()) {
        // A session that is over takes no ack: the peer learns by cursors on the next one.
        session.send(encodePdu({ type: 'ack', incarnation, seq }), 'control').catch(() => undefined);
      }
    }
  }
}
