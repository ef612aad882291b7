/**
 * A session after its handshake: every PDU out is sealed, everything in is opened in order, and whatever is not a
 * well-formed sealed PDU in its place ends it. First PDU each way: cursors. P2P-SES-16 … P2P-SES-20, P2P-SES-24.
 *
 *   Opened ──own cursors sent──▶ Greeting ──peer's cursors──▶ Synced ──▶ closed (link ends)
 */
import type { PairSession, PairSessionStats } from '@enk/crypto-core';
import type { DeliverySession } from '../delivery/outflow.ts';
import type { HeldPoint, SequencePoint } from '../delivery/sequence.ts';
import { MAX_UNKNOWN_TYPES_PER_SESSION, PDU_BUCKET, SIGNAL_PDU_BUCKET } from '../limits.ts';
import { type PduBody, decodePdu, encodePdu } from '../pdu/codec.ts';
import type { Pdu, PduOf, ProtocolErrorCode, SessionCloseReason } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import type { LinkFailure } from './connection-machine.ts';
import type { Link } from './link.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a session hands on. Handlers are awaited: the next frame is opened after them. */
export interface SessionEvents {
  /** The first frame of the peer opened. */
  onFirstFrame(session: ReadySession): Promise<void>;
  onCursors(session: ReadySession, held: readonly HeldPoint[]): Promise<void>;
  /** Any PDU after the cursors, except those that the session answers itself. */
  onPdu(session: ReadySession, pdu: DeliveredPdu): Promise<void>;
}

export type DeliveredPdu = PduOf<'message' | 'ack' | 'typing' | 'read-receipt' | 'profile-update'>;

const SIGNAL_TYPES: ReadonlySet<Pdu['type']> = new Set(['typing', 'read-receipt', 'profile-update']);

export class ReadySession implements DeliverySession {
  readonly link: Link;
  readonly readyAtMs: number;
  /** What was acknowledged when the link opened: the peer's cursors are compared with it. */
  readonly ackedAtOpen: SequencePoint;
  readonly pairSecretId: string;
  /** The handshake began with a pair secret of the two. */
  readonly hasCommonSecret: boolean;
  readonly #pair: PairSession;
  readonly #clock: Clock;
  readonly #events: SessionEvents;
  readonly #pduBucket: TokenBucket;
  readonly #signalBucket: TokenBucket;
  #isSynced = false;
  #hasOpenedFrame = false;
  #unknownTypes = 0;

  constructor(
    link: Link,
    options: {
      readonly pair: PairSession;
      readonly pairSecretId: string;
      readonly ackedAtOpen: SequencePoint;
      readonly hasCommonSecret: boolean;
      readonly clock: Clock;
      readonly events: SessionEvents;
    },
  ) {
    this.link = link;
    this.#pair = options.pair;
    this.pairSecretId = options.pairSecretId;
    this.ackedAtOpen = options.ackedAtOpen;
    this.hasCommonSecret = options.hasCommonSecret;
    this.#clock = options.clock;
    this.#events = options.events;
    this.readyAtMs = options.clock.nowMs();
    this.#pduBucket = new TokenBucket(PDU_BUCKET, this.readyAtMs);
    this.#signalBucket = new TokenBucket(SIGNAL_PDU_BUCKET, this.readyAtMs);
    this.#pair.attach({ emit: frame => link.send(frame), nowMs: () => this.#clock.nowMs() });
  }

  /** Both cursors are exchanged: application PDUs may flow. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  get hasRoom(): boolean {
    return this.link.hasRoom;
  }

  get stats(): PairSessionStats {
    return this.#pair.stats;
  }

  /** States what we hold, then works off the link until it ends. Never rejects. */
  async run(held: readonly HeldPoint[]): Promise<void> {
    try {
      await this.sendPdu({ type: 'cursors', held: [...held] });
      for (;;) await this.#openNext(await this.link.receive());
    } catch {
      this.close('unreachable'); // the link ended under us, or our own handling failed: no fault of the peer
    } finally {
      this.#pair.close();
    }
  }

  async #openNext(frame: Uint8Array): Promise<void> {
    const opened = await this.#pair.open(frame);
    if (opened.kind === 'rejected') return this.close('peer-fault');
    if (!this.#hasOpenedFrame) {
      this.#hasOpenedFrame = true;
      await this.#events.onFirstFrame(this);
    }
    if (opened.kind === 'bulk') return this.#refuse('order'); // nobody asked for a chunk
    if (opened.kind === 'pdu') await this.#accept(opened.bytes);
  }

  async #accept(bytes: Uint8Array): Promise<void> {
    if (!this.#pduBucket.take(this.#clock.nowMs())) return this.close('peer-fault');
    const decoded = decodePdu(bytes);
    switch (decoded.kind) {
      case 'pdu':
        return this.#dispatch(decoded.pdu);
      case 'unknown-type':
        return this.#answerUnknownType();
      case 'invalid':
        return this.#refuse(decoded.code);
    }
  }

  async #dispatch(pdu: Pdu): Promise<void> {
    if (pdu.type === 'session-close') return this.close(pdu.reason === 'displaced' ? 'local' : 'unreachable');
    if (pdu.type === 'protocol-error') {
      // Never answered, or two errors would answer each other for ever. A poison message must not loop.
      if (pdu.code !== 'unknown-type') this.link.accused();
      return;
    }
    if (pdu.type === 'cursors') {
      if (this.#isSynced) return this.#refuse('order');
      this.#isSynced = true;
      return this.#events.onCursors(this, pdu.held);
    }
    if (!this.#isSynced) return this.#refuse('order');
    if (SIGNAL_TYPES.has(pdu.type) && !this.#signalBucket.take(this.#clock.nowMs())) return;
    await this.#events.onPdu(this, pdu);
  }

  async #answerUnknownType(): Promise<void> {
    this.#unknownTypes += 1;
    if (this.#unknownTypes > MAX_UNKNOWN_TYPES_PER_SESSION) return this.close('peer-fault');
    await this.sendPdu({ type: 'protocol-error', code: 'unknown-type' });
  }

  /** Tells the peer why, sealed, and ends the session. */
  async #refuse(code: ProtocolErrorCode): Promise<void> {
    await this.sendPdu({ type: 'protocol-error', code });
    this.close('peer-fault');
  }

  /** Seals and sends one encoded PDU. Rejects when the session is over. */
  send(pdu: Uint8Array): Promise<void> {
    return this.#pair.seal(pdu);
  }

  sendPdu(body: PduBody): Promise<void> {
    return this.send(encodePdu(body));
  }

  fail(reason: 'order' | 'storage'): void {
    if (reason === 'storage') this.close('unreachable');
    else void this.#refuse('order').catch(() => this.close('peer-fault'));
  }

  /** Says goodbye inside the session and ends it. */
  async leave(reason: SessionCloseReason): Promise<void> {
    await this.sendPdu({ type: 'session-close', reason }).catch(() => undefined); // it may be over already
    this.close('local');
  }

  close(failure: LinkFailure): void {
    this.link.close(failure);
  }
}
