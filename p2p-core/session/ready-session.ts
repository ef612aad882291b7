/**
 * A session after its handshake: every PDU out is sealed, everything in is opened in order, and whatever is not a
 * well-formed sealed PDU in its place ends it. First PDU each way: cursors. P2P-SES-16 … P2P-SES-20, P2P-SES-24.
 *
 *   Opened ──own cursors sent──▶ Greeting ──peer's cursors──▶ Synced ──▶ closed (link ends)
 */
import { isFastBulkFrame, type PairSession, type PairSessionStats, type SealedFrame } from '@enk/crypto-core';
import { type LargeConsumer, LargeReceiver, type OfferOutcome } from '../delivery/large-receiver.ts';
import { type LargeSend, LargeSender } from '../delivery/large-sender.ts';
import type { DeliverySession } from '../delivery/outflow.ts';
import type { ReassemblyBudget } from '../delivery/reassembly-budget.ts';
import {
  type FrameKind,
  type FrameSource,
  type SendLane,
  SendQueue,
  singleFrame,
} from '../delivery/send-queue.ts';
import type { HeldPoint, SequencePoint } from '../delivery/sequence.ts';
import { isFileChunk } from '../files/file-chunk.ts';
import type { FilePdu, FileSession, SessionFiles } from '../files/session-files.ts';
import {
  CALL_PDU_BUCKET,
  CHUNK_BYTES,
  MAX_FILE_OFFER_BYTES,
  MAX_DROPPED_SIGNALS_PER_SESSION,
  MAX_UNKNOWN_TYPES_PER_SESSION,
  PDU_BUCKET,
  SIGNAL_PDU_BUCKET,
  type TokenBucketLimit,
} from '../limits.ts';
import { type PduBody, decodePdu, encodePdu } from '../pdu/codec.ts';
import type { Pdu, PduOf, ProtocolErrorCode, SessionCloseReason } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import type { ReleaseClaim } from '../worker/release.ts';
import { P2pError } from '../errors.ts';
import type { LinkFailure } from './connection-machine.ts';
import type { Link } from './link.ts';
import { PathKeeper } from './path-keeper.ts';
import { ReleaseExchange } from './release-exchange.ts';
import { isRestartPdu } from './restart-exchange.ts';
import type { SignalSeal } from './signal-seal.ts';
import { Stripes, isStripePdu } from './stripes.ts';
import { TokenBucket } from './token-bucket.ts';

/** What a session hands on. Handlers are awaited: the next frame is opened after them. */
export interface SessionEvents {
  /** The first frame of the peer opened. */
  onFirstFrame(session: ReadySession): Promise<void>;
  onCursors(session: ReadySession, held: readonly HeldPoint[]): Promise<void>;
  /** Any PDU after the cursors, except those that the session answers itself. */
  onPdu(session: ReadySession, pdu: DeliveredPdu): Promise<void>;
  /** The peer does not know the type of something that we sent. */
  onUnknownType(session: ReadySession): void;
  /** The path to a peer that answers was lost, or is there again. */
  onPath(session: ReadySession, isConnected: boolean): void;
}

export type DeliveredPdu = PduOf<
  | 'message'
  | 'ack'
  | 'typing'
  | 'read-receipt'
  | 'profile-update'
  | 'address-update'
  | 'timer-change'
  | 'timer-ack'
  | 'message-timer'
  | 'message-delete'
  | 'message-delete-ack'
  | CallPduType
>;

/** PDUs of calls go to whoever holds the calls. */
export type CallPduType = Extract<Pdu['type'], `call-${string}`>;

type ChunksPdu = Extract<Pdu, { type: `chunks-${string}` }>;

const SIGNAL_TYPES: ReadonlySet<Pdu['type']> = new Set([
  'typing',
  'read-receipt',
  'profile-update',
  'address-update',
  'release-request',
  'release-info',
  'ping',
  'ice-restart-request',
  'ice-restart-offer',
  'ice-restart-answer',
  'stripe-request',
  'stripe-offer',
  'stripe-answer',
  'stripe-close',
  'stripe-closed',
]);

export class ReadySession implements DeliverySession, FileSession {
  readonly link: Link;
  readonly readyAtMs: number;
  /** What was acknowledged when the link opened: the peer's cursors are compared with it. */
  readonly ackedAtOpen: SequencePoint;
  readonly pairSecretId: string;
  /** The handshake began with a pair secret of the two. */
  readonly hasCommonSecret: boolean;
  readonly path: PathKeeper;
  readonly release: ReleaseExchange;
  /** TH0, 32 bytes. */
  readonly sessionId: Uint8Array;
  readonly #stripes: Stripes;
  readonly #files: SessionFiles | null;
  readonly #pair: PairSession;
  readonly #clock: Clock;
  readonly #events: SessionEvents;
  readonly #pduBucket: TokenBucket;
  readonly #signalBucket: TokenBucket;
  readonly #callBucket: TokenBucket;
  readonly #queue: SendQueue;
  readonly #largeSender: LargeSender;
  readonly #largeReceiver: LargeReceiver;
  readonly #expected: ReadonlyMap<string, LargeConsumer>;
  #isSynced = false;
  #hasOpenedFrame = false;
  #unknownTypes = 0;
  #droppedSignals = 0;

  constructor(
    link: Link,
    options: {
      readonly pair: PairSession;
      readonly pairSecretId: string;
      readonly ackedAtOpen: SequencePoint;
      readonly hasCommonSecret: boolean;
      /** For what must go through the broker. */
      readonly seal: SignalSeal;
      readonly clock: Clock;
      readonly events: SessionEvents;
      readonly budget: ReassemblyBudget;
      readonly sessionId: Uint8Array;
      /** What runs here, for a peer that asks. */
      readonly ownRelease?: () => ReleaseClaim | null;
      /** Transfers of files; without it none is welcome. */
      readonly files?: SessionFiles | null;
      /** Large PDUs that are welcome beside messages, by kind. */
      readonly expected?: ReadonlyMap<string, LargeConsumer>;
      /** For tests only, in the place of PDU_BUCKET. */
      readonly unsafeTestingPduBucket?: TokenBucketLimit;
    },
  ) {
    this.link = link;
    this.#pair = options.pair;
    this.pairSecretId = options.pairSecretId;
    this.ackedAtOpen = options.ackedAtOpen;
    this.hasCommonSecret = options.hasCommonSecret;
    this.sessionId = options.sessionId;
    this.#files = options.files ?? null;
    this.#clock = options.clock;
    this.#events = options.events;
    this.readyAtMs = options.clock.nowMs();
    this.#pduBucket = new TokenBucket(options.unsafeTestingPduBucket ?? PDU_BUCKET, this.readyAtMs);
    this.#signalBucket = new TokenBucket(SIGNAL_PDU_BUCKET, this.readyAtMs);
    this.#callBucket = new TokenBucket(CALL_PDU_BUCKET, this.readyAtMs);
    this.#pair.attach({ emit: frame => link.send(frame), nowMs: () => this.#clock.nowMs() });
    this.#queue = new SendQueue({
      seal: (kind, content) => this.#seal(kind, content),
      get hasChunkRoom() {
        return link.hasChunkRoom;
      },
    });
    this.path = new PathKeeper({
      role: link.description.role,
      seal: options.seal,
      clock: options.clock,
      isSynced: () => this.#isSynced,
      sendPdu: body => this.sendPdu(body),
      makeOffer: offer => link.restartIce(offer),
      apply: restart => link.applyRestart(restart),
      signal: bytes => link.signalSealed(bytes),
      onPath: isConnected => this.#events.onPath(this, isConnected),
    });
    this.release = new ReleaseExchange({
      clock: options.clock,
      own: options.ownRelease ?? (() => null),
      send: body => this.#tell(body),
    });
    this.#stripes = new Stripes({
      link,
      clock: options.clock,
      tell: body => this.#tell(body),
      onLost: () => this.close('unreachable'), // what it carried is missing: all of it goes again on the next session
    });
    link.onDrained = () => {
      this.path.tell({ type: 'heard' }); // SCTP takes bytes off the queue when the other end has them
      if (this.#isSynced && this.#queue.hasBulk) this.#stripes.consider();
      this.#queue.wake();
    };
    this.#largeSender = new LargeSender(this.#queue);
    const expected = new Map(options.expected);
    if (this.#files !== null) {
      const accept = (bytes: Uint8Array): Promise<void> => this.#accept(bytes, 'file-offer');
      expected.set('file-offer', { maxBytes: MAX_FILE_OFFER_BYTES, accept });
    }
    this.#expected = expected;
    this.#largeReceiver = new LargeReceiver({
      budget: options.budget,
      clock: options.clock,
      expected: this.#expected,
      answer: (type, transfer) => this.#tell({ type, transfer }),
      report: chunks => this.#tell({ type: 'chunks-progress', chunks }),
      onStalled: () => this.close('peer-fault'),
    });
  }

  #seal(kind: FrameKind, content: Uint8Array): Promise<void> {
    if (kind === 'sealed') return this.#sendSealed(content as SealedFrame);
    return kind === 'pdu' ? this.#pair.seal(content) : this.#pair.sealBulk(content);
  }

  async #sendSealed(frame: SealedFrame): Promise<void> {
    if (this.link.stage === 'closed') throw new P2pError('aborted');
    this.link.send(frame);
  }

  /** Both cursors are exchanged: application PDUs may flow. */
  get isSynced(): boolean {
    return this.#isSynced;
  }

  get hasRoom(): boolean {
    return this.link.hasRoom;
  }

  get isFlushed(): boolean {
    return this.link.isDrained && this.path.isConnected;
  }

  get stats(): PairSessionStats {
    return this.#pair.stats;
  }

  /** States what we hold, then works off the link until it ends. Never rejects. */
  async run(held: readonly HeldPoint[]): Promise<void> {
    try {
      await this.sendPdu({ type: 'cursors', held: [...held] });
      for (;;) {
        const frame = await this.link.receive();
        await this.#turn();
        await this.#openNext(frame);
      }
    } catch {
      this.close('unreachable'); // the link ended under us, or our own handling failed: no fault of the peer
    } finally {
      this.path.close();
      this.release.close();
      this.#stripes.close();
      this.#files?.ended(this);
      this.#queue.close();
      this.#largeSender.close();
      this.#largeReceiver.close();
      this.#pair.close();
    }
  }

  /**
   * Lets in what has arrived meanwhile, for every link. Frames that are opened as fast as the thread can would wait
   * with everybody else's in the thread's own queue, which has no bound; in the link's, a flood ends its link.
   */
  #turn(): Promise<void> | undefined {
    const clock = this.#clock;
    return clock.nextTask && new Promise(resolve => clock.nextTask?.(resolve));
  }

  async #openNext(frame: Uint8Array): Promise<void> {
    if (isFastBulkFrame(frame)) return this.#acceptFastFrame(frame);
    const opened = await this.#pair.open(frame);
    if (opened.kind === 'rejected') return this.close('peer-fault');
    this.path.tell({ type: 'heard' });
    if (!this.#hasOpenedFrame) {
      this.#hasOpenedFrame = true;
      await this.#events.onFirstFrame(this);
    }
    // The cascade has acted on it already: what a control frame costs counts, too.
    if (opened.kind === 'control' && !this.#pduBucket.take(this.#clock.nowMs()))
      return this.close('peer-fault');
    if (opened.kind === 'bulk') await this.#acceptChunk(opened.bytes);
    if (opened.kind === 'pdu') await this.#accept(opened.bytes);
  }

  /** Outside the ratchets, under a key that came through them (CC-BLK). */
  async #acceptFastFrame(frame: Uint8Array): Promise<void> {
    if (this.#files === null || !this.#isSynced) return this.close('peer-fault');
    this.path.tell({ type: 'heard' });
    await this.#require(await this.#files.acceptFrame(this, frame));
  }

  /** A chunk that nobody expects ends the session. Only what is complete goes on. */
  async #acceptChunk(bytes: Uint8Array): Promise<void> {
    if (this.#files !== null && isFileChunk(bytes)) {
      return this.#require(await this.#files.acceptChunk(this, bytes));
    }
    const outcome = this.#largeReceiver.accept(bytes);
    if (outcome.kind === 'refused') return this.#refuse('order');
    if (outcome.kind === 'partial') return;
    if (outcome.of === 'message') return this.#accept(outcome.bytes, 'message');
    await this.#expected.get(outcome.of)?.accept(outcome.bytes);
  }

  /** `announcedAs`: what a PDU in chunks was said to be. */
  async #accept(bytes: Uint8Array, announcedAs: Pdu['type'] | null = null): Promise<void> {
    if (!this.#pduBucket.take(this.#clock.nowMs())) return this.close('peer-fault');
    const decoded = decodePdu(bytes);
    switch (decoded.kind) {
      case 'pdu':
        if (announcedAs !== null && decoded.pdu.type !== announcedAs) return this.#refuse('schema');
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
      if (pdu.code !== 'unknown-type') return this.link.accused();
      if (this.release.unknownType() || this.#stripes.unknownType()) return;
      this.path.pingUnknown();
      return this.#events.onUnknownType(this);
    }
    if (pdu.type === 'cursors') {
      if (this.#isSynced) return this.#refuse('order');
      this.#isSynced = true;
      return this.#events.onCursors(this, pdu.held);
    }
    if (!this.#isSynced) return this.#refuse('order');
    if (isChunksPdu(pdu)) return this.#dispatchChunks(pdu);
    if (isFilePdu(pdu)) {
      return this.#files === null
        ? this.#answerUnknownType()
        : this.#require(await this.#files.accept(this, pdu));
    }
    if (SIGNAL_TYPES.has(pdu.type) && !this.#signalBucket.take(this.#clock.nowMs()))
      return this.#dropSignal();
    if (isCallPdu(pdu) && !this.#callBucket.take(this.#clock.nowMs())) return this.#dropSignal();
    if (isStripePdu(pdu)) return this.#require(this.#stripes.accept(pdu));
    if (isRestartPdu(pdu)) return this.#require(this.path.accept(pdu));
    if (pdu.type === 'ping') return this.#tell({ type: 'pong', number: pdu.number });
    if (pdu.type === 'pong') return; // that it was heard is all that it says
    if (pdu.type === 'release-request') return this.release.tell();
    if (pdu.type === 'release-info') return this.#require(this.release.answered(pdu));
    await this.#events.onPdu(this, pdu);
  }

  async #dispatchChunks(pdu: ChunksPdu): Promise<void> {
    const sender = this.#largeSender;
    switch (pdu.type) {
      case 'chunks-offer':
        return this.#afterOffer(this.#largeReceiver.offer(pdu));
      case 'chunks-cancel':
        return this.#require(this.#largeReceiver.cancel(pdu.transfer));
      case 'chunks-accept':
        return this.#require(sender.accepted(pdu.transfer));
      case 'chunks-refuse':
        return this.#require(sender.refused(pdu.transfer));
      case 'chunks-progress':
        return this.#require(sender.progressed(pdu.chunks));
    }
  }

  async #afterOffer(outcome: OfferOutcome): Promise<void> {
    switch (outcome) {
      case 'taken':
        return;
      case 'refused':
        return this.#countUnknown() ? undefined : this.close('peer-fault');
      case 'no-memory':
        return this.close('unreachable'); // no fault of the peer: it sends again on the next session
      case 'order':
      case 'oversize':
        return this.#refuse(outcome);
    }
  }

  async #require(isInOrder: boolean): Promise<void> {
    if (!isInOrder) await this.#refuse('order');
  }

  #dropSignal(): void {
    this.#droppedSignals += 1;
    if (this.#droppedSignals > MAX_DROPPED_SIGNALS_PER_SESSION) this.close('peer-fault');
  }

  /** False: too many. */
  #countUnknown(): boolean {
    this.#unknownTypes += 1;
    return this.#unknownTypes <= MAX_UNKNOWN_TYPES_PER_SESSION;
  }

  async #answerUnknownType(): Promise<void> {
    if (!this.#countUnknown()) return this.close('peer-fault');
    await this.sendPdu({ type: 'protocol-error', code: 'unknown-type' });
  }

  /** Tells the peer why, sealed, and ends the session. */
  async #refuse(code: ProtocolErrorCode): Promise<void> {
    await this.sendPdu({ type: 'protocol-error', code });
    this.close('peer-fault');
  }

  /** Seals and sends one encoded PDU; a message above CHUNK_BYTES in chunks. Rejects when the session is over. */
  send(pdu: Uint8Array, lane: Exclude<SendLane, 'bulk'>): Promise<void> {
    const isLarge = lane === 'chat' && pdu.length > CHUNK_BYTES;
    return isLarge ? this.#largeSender.sendMessage(pdu) : this.#queue.send(lane, singleFrame(pdu));
  }

  /** Sends a large PDU while everything else goes on; see LargeSender.send. */
  sendLarge(request: LargeSend): Promise<void> {
    return this.#largeSender.send(request);
  }

  /** Sends the chunks of a file in turn with everything else of the bulk lane. */
  sendChunks(source: FrameSource, signal: AbortSignal): Promise<void> {
    return this.#queue.send('bulk', source, signal);
  }

  /** A source of chunks has something to send. */
  wakeChunks(): void {
    this.#queue.wake();
  }

  sendPdu(body: PduBody): Promise<void> {
    return this.send(encodePdu(body), 'control');
  }

  /** What nobody waits for; when the session is over it is void. */
  #tell(body: PduBody): void {
    this.sendPdu(body).catch(() => undefined);
  }

  fail(reason: 'order' | 'storage' | 'silence'): void {
    if (reason !== 'order') this.close('unreachable');
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

function isFilePdu(pdu: Pdu): pdu is FilePdu {
  return pdu.type.startsWith('file-');
}

/** True for a PDU of a call. */
export function isCallPdu<P extends Pdu>(pdu: P): pdu is Extract<P, { type: CallPduType }> {
  return pdu.type.startsWith('call-');
}

function isChunksPdu(pdu: Pdu): pdu is ChunksPdu {
  return pdu.type.startsWith('chunks-');
}
