/**
 * One connection's session: the queue around the pure cascade.
 *
 *     attach ──► live ──(a frame that does not open, a failed emit, close())──► ended, wiped
 *
 * Invariants: one job at a time, in the order of the calls; the four states are replaced together,
 * after success only; frames are emitted in counter order, after the state that made them is kept;
 * what a step consumed is wiped after that. A failure is final, and tells nothing of its layer.
 * Not responsible for delivery, acknowledgement, or closing the link.
 */
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import type { SealedFrame } from '../frame/frame.ts';
import type { SignalProgress } from '../signal/engine.ts';
import { acceptControl, RENEWAL_THRESHOLDS, renewKeys } from './control.ts';
import type { RenewalThresholds } from './control.ts';
import { CONTENT_BULK, CONTENT_CONTROL, CONTENT_PDU } from './padding.ts';
import type { ContentKind } from './padding.ts';
import type { PairState } from './pair-state.ts';
import { openFrame, sealFrame, wipePairState } from './pair-state.ts';

/** What a session needs of its owner. */
export interface PairSessionIo {
  /** Called strictly in counter order. A throw ends the session. */
  emit(frame: SealedFrame): void;
  nowMs(): number;
}

/** What came of a received frame. After `rejected` the caller closes the link. */
export type OpenResult =
  | { readonly kind: 'pdu'; readonly bytes: Uint8Array }
  /** A chunk of a file: a view, for its signature lies behind it. Who asked for none ends the session. */
  | { readonly kind: 'bulk'; readonly bytes: Uint8Array }
  | { readonly kind: 'control' }
  | { readonly kind: 'rejected' };

/** Counters for diagnostics; nothing secret. */
export interface PairSessionStats {
  /** Of the AES record layer. */
  readonly generation: number;
  /** Frames of the present generation, each way. */
  readonly recordCounters: { readonly sent: number; readonly received: number };
  readonly signal: SignalProgress;
  /** Of the MLS group. */
  readonly epoch: string;
  readonly framesSent: number;
  readonly framesReceived: number;
  readonly kemGeneration: number;
}

interface Step {
  readonly next: PairState<unknown>;
  readonly frames: readonly SealedFrame[];
  readonly consumed: readonly Uint8Array[];
}

export class PairSession {
  /** Null once ended: nothing of a state outlives its session, the keys that cannot be overwritten included. */
  #state: PairState<unknown> | null;
  #lastStats: PairSessionStats | null = null;
  #hasFailedToRenew = false;
  #io: PairSessionIo | null;
  #isEnded = false;
  #queue: Promise<unknown> = Promise.resolve();
  #framesSent = 0;
  #framesReceived = 0;
  readonly #thresholds: RenewalThresholds;

  constructor(
    state: PairState<unknown>,
    io: PairSessionIo | null = null,
    options: { readonly unsafeTestingThresholds?: Partial<RenewalThresholds> } = {},
  ) {
    this.#state = state;
    this.#io = io;
    this.#thresholds = { ...RENEWAL_THRESHOLDS, ...options.unsafeTestingThresholds };
  }

  /** Gives the session its output. Needed before `seal` and `open`. */
  attach(io: PairSessionIo): void {
    this.#io = io;
  }

  /** Of now; after the end, of the end. */
  get stats(): PairSessionStats {
    return this.#lastStats ?? this.#readStats(this.#requireState());
  }

  /**
   * Seals one application PDU (at most 192 KiB) and emits its frame; due control frames follow.
   * Throws `invalid-argument` (nothing happened), `session-closed`, or `internal`: the frame left, but renewing
   * our keys failed, which ended the session. The caller leaves `pdu` unchanged until then.
   */
  seal(pdu: Uint8Array): Promise<void> {
    return this.#sealContent(CONTENT_PDU, pdu);
  }

  /**
   * Seals one bulk chunk (at most 192 KiB) like a PDU, but without padding: its frame shows the chunk's size.
   * Throws as `seal` does.
   */
  sealBulk(chunk: Uint8Array): Promise<void> {
    return this.#sealContent(CONTENT_BULK, chunk);
  }

  /**
   * Opens one frame, in the order of the calls; the caller leaves `bytes` unchanged. Any failure gives `rejected` and
   * ends the session; later frames are rejected too. Renewing our keys afterwards may fail: what opened is given all
   * the same, the session has ended, and the next call throws `internal`, for that is no fault of the peer.
   */
  open(bytes: Uint8Array): Promise<OpenResult> {
    return this.#enqueue(async () => {
      if (this.#hasFailedToRenew) throw new CryptoCoreError('internal');
      if (this.#isEnded) return { kind: 'rejected' };
      const io = this.#requireLive();
      try {
        return await this.#accept(bytes, io);
      } catch {
        // One constant answer, whatever failed: nothing may tell which layer it was.
        this.#end();
        return { kind: 'rejected' };
      }
    });
  }

  /** Ends the session and wipes its secrets once the running job is done. Idempotent. */
  close(): void {
    void this.#enqueue(async () => this.#end());
    this.#isEnded = true;
  }

  #sealContent(kind: ContentKind, body: Uint8Array): Promise<void> {
    return this.#enqueue(async () => {
      const io = this.#requireLive();
      const { next, frame, consumed } = await sealFrame(this.#requireState(), kind, body);
      this.#commit({ next, frames: [frame], consumed });
      await this.#renew(io);
      if (this.#isEnded) throw new CryptoCoreError(this.#hasFailedToRenew ? 'internal' : 'session-closed');
    });
  }

  async #accept(bytes: Uint8Array, io: PairSessionIo): Promise<OpenResult> {
    const opened = await openFrame(this.#requireState(), bytes);
    if (opened.kind !== CONTENT_CONTROL) {
      this.#framesReceived++;
      this.#commit({ next: opened.next, frames: [], consumed: opened.consumed });
      await this.#renew(io);
      if (opened.kind === CONTENT_BULK) return { kind: 'bulk', bytes: opened.body };
      // A copy: the view's buffer also holds padding and signature, and may be transferred.
      return { kind: 'pdu', bytes: opened.body.slice() };
    }
    const step = await acceptControl(opened.next, opened.body, this.#thresholds, io.nowMs());
    this.#framesReceived++;
    this.#commit({ ...step, consumed: [...opened.consumed, ...step.consumed] });
    await this.#renew(io);
    return { kind: 'control' };
  }

  /** Never throws: a failure ends the session, and what was committed before stands. */
  async #renew(io: PairSessionIo): Promise<void> {
    if (this.#isEnded) return;
    try {
      const step = await renewKeys(this.#requireState(), this.#thresholds, io.nowMs());
      if (step.frames.length > 0) this.#commit(step);
    } catch {
      this.#hasFailedToRenew = !this.#isEnded;
      this.#end();
    }
  }

  #commit(step: Step): void {
    if (this.#isEnded) throw new CryptoCoreError('session-closed');
    this.#state = step.next;
    wipe(...step.consumed);
    for (const frame of step.frames) this.#emit(frame);
  }

  /** A frame that was not taken leaves a hole in the counters, which no peer accepts: the end. */
  #emit(frame: SealedFrame): void {
    try {
      this.#requireLive().emit(frame);
    } catch (cause) {
      this.#end();
      throw new CryptoCoreError('session-closed', { cause });
    }
    this.#framesSent++;
  }

  #requireLive(): PairSessionIo {
    if (this.#isEnded) throw new CryptoCoreError('session-closed');
    if (this.#io === null) throw new CryptoCoreError('invalid-argument');
    return this.#io;
  }

  #requireState(): PairState<unknown> {
    if (this.#state === null) throw new CryptoCoreError('session-closed');
    return this.#state;
  }

  #readStats({ aes, mls, kem, signal, signalEngine }: PairState<unknown>): PairSessionStats {
    return {
      generation: aes.generation,
      recordCounters: { sent: aes.sending.counter, received: aes.receiving.counter },
      signal: signalEngine.progress(signal),
      epoch: mls.client.groupContext.epoch.toString(),
      framesSent: this.#framesSent,
      framesReceived: this.#framesReceived,
      kemGeneration: kem.generation,
    };
  }

  #end(): void {
    this.#isEnded = true;
    if (this.#state === null) return;
    this.#lastStats = this.#readStats(this.#state);
    wipePairState(this.#state);
    this.#state = null;
  }

  /** The queue keeps no result: the last PDU would live as long as the session. */
  #enqueue<T>(job: () => Promise<T>): Promise<T> {
    const result = this.#queue.then(job);
    this.#queue = result.then(
      () => undefined,
      () => undefined,
    );
    return result;
  }
}
