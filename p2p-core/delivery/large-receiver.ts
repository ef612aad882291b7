/**
 * The receiving side of large PDUs of one session: size and kind are announced first, memory is taken from the global
 * budget before a chunk is welcome, and nothing incomplete is ever handed on. P2P-CHK-03 … P2P-CHK-08.
 *
 *     offer ──message──▶ assembling ──last chunk──▶ complete
 *     offer ──large, expected──▶ waiting for room ──accept──▶ assembling          cancel: dropped
 *           └─ not expected ──refuse                              └─ 120 s without 1 MiB more ──▶ the session ends
 *
 * No hash of its own: the frames of a session are authenticated, strictly ordered, and from one sender; a hash by that
 * same sender over the same session would say nothing new. What spans sessions (files) has one.
 */
import {
  CHUNK_BYTES,
  MAX_MESSAGE_PDU_BYTES,
  MAX_REASSEMBLIES_PER_PEER,
  MAX_REASSEMBLY_BYTES_PER_PEER,
  MAX_UNREPORTED_CHUNKS,
  REASSEMBLY_PROGRESS_BYTES,
  REASSEMBLY_TIMEOUT_MS,
} from '../limits.ts';
import type { PduOf } from '../pdu/schemas.ts';
import type { Clock } from '../ports/clock.ts';
import { chunkCount, decodeChunk, paddedBytes } from './chunk.ts';
import type { ReassemblyBudget, ReassemblyKind } from './reassembly-budget.ts';

/** Who takes large PDUs of one kind. */
export interface LargeConsumer {
  readonly maxBytes: number;
  /** Takes a complete one. Awaited: the next frame of the session is opened after it. */
  accept(bytes: Uint8Array): Promise<void>;
}

export interface LargeReceiverOptions {
  readonly budget: ReassemblyBudget;
  readonly clock: Clock;
  /** Kinds beside `message` that are expected. */
  readonly expected: ReadonlyMap<string, LargeConsumer>;
  answer(type: 'chunks-accept' | 'chunks-refuse', transfer: number): void;
  /** So many chunks of all but messages were opened in this session. */
  report(chunks: number): void;
  /** A reassembly stands still: the session must end. */
  onStalled(): void;
}

export type OfferOutcome = 'taken' | 'refused' | 'order' | 'oversize' | 'no-memory';

export type ChunkOutcome =
  | { readonly kind: 'partial' }
  | { readonly kind: 'complete'; readonly of: string; readonly bytes: Uint8Array }
  /** Not the chunk that comes next of anything that is welcome. */
  | { readonly kind: 'refused' };

type Offer = Pick<PduOf<'chunks-offer'>, 'transfer' | 'of' | 'sizeBytes'>;

interface Assembly {
  readonly offer: Offer;
  readonly kind: ReassemblyKind;
  readonly buffer: Uint8Array;
  nextIndex: number;
  /** Bytes at which the timer starts anew. */
  dueBytes: number;
  cancelTimer(): void;
}

const PARTIAL: ChunkOutcome = { kind: 'partial' };
const REFUSED: ChunkOutcome = { kind: 'refused' };

export class LargeReceiver {
  readonly #options: LargeReceiverOptions;
  readonly #assemblies = new Map<number, Assembly>();
  /** Large ones that wait for room, in order. */
  readonly #waiting = new Map<number, Offer>();
  readonly #onRoom = (): void => this.#grant();
  #lastTransfer = 0;
  #largeBytes = 0;
  #largeChunks = 0;

  constructor(options: LargeReceiverOptions) {
    this.#options = options;
  }

  /** Announced and not complete. */
  get size(): number {
    return this.#assemblies.size + this.#waiting.size;
  }

  /** An announcement. Anything but `taken` and `refused` ends the session. */
  offer({ transfer, of, sizeBytes }: Offer): OfferOutcome {
    if (transfer !== this.#lastTransfer + 1 || this.size >= MAX_REASSEMBLIES_PER_PEER) return 'order';
    this.#lastTransfer = transfer;
    const offer = { transfer, of, sizeBytes };
    if (of === 'message') return this.#offerMessage(offer);
    const consumer = this.#options.expected.get(of);
    if (consumer === undefined || sizeBytes > consumer.maxBytes) {
      this.#options.answer('chunks-refuse', transfer);
      return 'refused';
    }
    this.#waiting.set(transfer, offer);
    this.#grant();
    return 'taken';
  }

  /** Its sender takes an announcement back. False: of nothing that is under way. */
  cancel(transfer: number): boolean {
    const assembly = this.#assemblies.get(transfer);
    if (assembly !== undefined) this.#end(assembly);
    const wasWaiting = this.#waiting.delete(transfer);
    if (wasWaiting) this.#grant();
    return assembly !== undefined || wasWaiting;
  }

  /** A chunk, in the order of the wire. */
  accept(bytes: Uint8Array): ChunkOutcome {
    const chunk = decodeChunk(bytes);
    const assembly = chunk === null ? undefined : this.#assemblies.get(chunk.transfer);
    if (chunk === null || assembly === undefined || chunk.index !== assembly.nextIndex) return REFUSED;
    assembly.buffer.set(chunk.bytes, chunk.index * CHUNK_BYTES);
    assembly.nextIndex += 1;
    if (assembly.kind === 'large') this.#countChunk();
    const { of, sizeBytes } = assembly.offer;
    if (assembly.nextIndex < chunkCount(sizeBytes)) {
      this.#noteProgress(assembly);
      return PARTIAL;
    }
    this.#end(assembly);
    const isPadded = assembly.buffer.subarray(sizeBytes).every(byte => byte === 0);
    return isPadded ? { kind: 'complete', of, bytes: assembly.buffer.subarray(0, sizeBytes) } : REFUSED;
  }

  /** Drops everything. */
  close(): void {
    this.#waiting.clear();
    this.#options.budget.stopWaiting(this.#onRoom);
    for (const assembly of [...this.#assemblies.values()]) this.#end(assembly);
  }

  #countChunk(): void {
    this.#largeChunks += 1;
    if (this.#largeChunks % MAX_UNREPORTED_CHUNKS === 0) this.#options.report(this.#largeChunks);
  }

  /** Room for one message is kept for every session; its chunks follow without an answer. */
  #offerMessage(offer: Offer): OfferOutcome {
    if (offer.sizeBytes > MAX_MESSAGE_PDU_BYTES) return 'oversize';
    const hasMessage = [...this.#assemblies.values()].some(({ kind }) => kind === 'message');
    if (hasMessage) return 'order';
    if (!this.#options.budget.take(paddedBytes(offer.sizeBytes), 'message')) return 'no-memory';
    this.#begin(offer, 'message');
    return 'taken';
  }

  /** Accepts those that wait, in order, while there is room. */
  #grant(): void {
    const { budget, answer } = this.#options;
    for (const offer of [...this.#waiting.values()]) {
      const sizeBytes = paddedBytes(offer.sizeBytes);
      const isInShare = this.#largeBytes + sizeBytes <= MAX_REASSEMBLY_BYTES_PER_PEER;
      if (!isInShare || !budget.take(sizeBytes, 'large')) break;
      this.#waiting.delete(offer.transfer);
      this.#largeBytes += sizeBytes;
      this.#begin(offer, 'large');
      answer('chunks-accept', offer.transfer);
    }
    budget.stopWaiting(this.#onRoom);
    if (this.#waiting.size > 0) budget.wait(this.#onRoom); // at the end of the line
  }

  #begin(offer: Offer, kind: ReassemblyKind): void {
    const buffer = new Uint8Array(paddedBytes(offer.sizeBytes));
    const assembly = { offer, kind, buffer, nextIndex: 0, dueBytes: 0, cancelTimer: () => undefined };
    this.#assemblies.set(offer.transfer, assembly);
    this.#startTimer(assembly);
  }

  #noteProgress(assembly: Assembly): void {
    if (assembly.nextIndex * CHUNK_BYTES < assembly.dueBytes) return;
    assembly.cancelTimer();
    this.#startTimer(assembly);
  }

  #startTimer(assembly: Assembly): void {
    const { clock, onStalled } = this.#options;
    assembly.dueBytes = assembly.nextIndex * CHUNK_BYTES + REASSEMBLY_PROGRESS_BYTES;
    assembly.cancelTimer = clock.setTimer(REASSEMBLY_TIMEOUT_MS, onStalled);
  }

  #end(assembly: Assembly): void {
    const { offer, kind, buffer } = assembly;
    this.#assemblies.delete(offer.transfer);
    assembly.cancelTimer();
    if (kind === 'large') this.#largeBytes -= buffer.length;
    this.#options.budget.release(buffer.length, kind);
    if (this.#waiting.size > 0) this.#grant();
  }
}
