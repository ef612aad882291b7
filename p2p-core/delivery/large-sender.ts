/**
 * The sending side of large PDUs of one session: offer, wait for the receiver's room, chunks, all by the send queue.
 * Messages are offered and sent at once: the receiver keeps room for one. P2P-CHK-01 … P2P-CHK-04.
 *
 *     send(): slot free ──▶ offer ──accept──▶ chunks ──▶ done          message: offer ‖ chunks
 *                             └──refuse──▶ rejects `refused`   abort: cancel, rejects `aborted`
 */
import { P2pError } from '../errors.ts';
import {
  CHUNK_BYTES,
  MAX_CHUNKS_IN_FLIGHT,
  MAX_MESSAGE_PDU_BYTES,
  MAX_PDU_BYTES,
  MAX_REASSEMBLIES_PER_PEER,
} from '../limits.ts';
import { encodePdu } from '../pdu/codec.ts';
import { chunkCount, encodeChunk } from './chunk.ts';
import { type FrameSource, type SendQueue, singleFrame } from './send-queue.ts';

/** One large PDU to send. */
export interface LargeSend {
  /** What it is; the receiver has to expect it. */
  readonly of: string;
  /** More than CHUNK_BYTES, at most MAX_PDU_BYTES. The caller leaves it unchanged until `send` settles. */
  readonly bytes: Uint8Array;
  /** Cancels: no further chunk leaves, and the receiver drops what it has. */
  readonly signal?: AbortSignal;
  /** After each chunk: bytes of the PDU that left, and its size. */
  onProgress?(sentBytes: number, sizeBytes: number): void;
}

interface Offered {
  accept(): void;
  reject(error: P2pError): void;
}

/** Offered at once; one more is a message's. */
const MAX_OFFERS = MAX_REASSEMBLIES_PER_PEER - 1;

export class LargeSender {
  readonly #queue: SendQueue;
  readonly #offered = new Map<number, Offered>();
  readonly #waitingForSlot: (() => void)[] = [];
  #openSends = 0;
  #lastTransfer = 0;
  /** Chunks of all but messages that left, and that the receiver reported. */
  #sentChunks = 0;
  #reportedChunks = 0;

  constructor(queue: SendQueue) {
    this.#queue = queue;
  }

  /** A message PDU above CHUNK_BYTES, with its announcement, in the chat lane. */
  sendMessage(pdu: Uint8Array): Promise<void> {
    if (pdu.length > MAX_MESSAGE_PDU_BYTES) return Promise.reject(new P2pError('message-too-large'));
    return this.#queue.send('chat', this.#messageSource(pdu));
  }

  /**
   * Sends a large PDU while everything more urgent passes. Resolves when its last chunk left. Waits while too many are
   * under way, for the receiver's room, and for the channel's. Rejects with P2pError `bad-request` (size), `refused`
   * (the receiver does not want it), `aborted` (by `signal`, or the session ended).
   */
  async send(request: LargeSend): Promise<void> {
    const { bytes, signal } = request;
    if (bytes.length <= CHUNK_BYTES || bytes.length > MAX_PDU_BYTES) throw new P2pError('bad-request');
    await this.#takeSlot(signal);
    try {
      await this.#sendAccepted(request, await this.#offer(request));
    } finally {
      this.#openSends -= 1;
      this.#waitingForSlot.shift()?.();
    }
  }

  /** The receiver has room. False: it answers what was never offered. */
  accepted(transfer: number): boolean {
    this.#offered.get(transfer)?.accept();
    return transfer <= this.#lastTransfer; // one that was cancelled meanwhile is answered late
  }

  /** The receiver does not want it. False: it answers what was never offered. */
  refused(transfer: number): boolean {
    this.#offered.get(transfer)?.reject(new P2pError('refused'));
    return transfer <= this.#lastTransfer;
  }

  /** The receiver opened so many chunks of this session: the window moves. False: more than left. */
  progressed(chunks: number): boolean {
    if (chunks > this.#sentChunks) return false;
    this.#reportedChunks = Math.max(this.#reportedChunks, chunks);
    this.#queue.wake();
    return true;
  }

  /** The session is over. */
  close(): void {
    for (const offered of [...this.#offered.values()]) offered.reject(new P2pError('aborted'));
  }

  async #takeSlot(signal: AbortSignal | undefined): Promise<void> {
    while (this.#openSends >= MAX_OFFERS && signal?.aborted !== true) await this.#slotFreed(signal);
    if (signal?.aborted === true) {
      this.#waitingForSlot.shift()?.(); // the slot may have been meant for us
      throw new P2pError('aborted');
    }
    this.#openSends += 1;
  }

  #slotFreed(signal: AbortSignal | undefined): Promise<void> {
    return new Promise(resolve => {
      const stopWaiting = (): void => {
        const index = this.#waitingForSlot.indexOf(resolve);
        if (index !== -1) this.#waitingForSlot.splice(index, 1);
        resolve();
      };
      this.#waitingForSlot.push(resolve);
      signal?.addEventListener('abort', stopWaiting, { once: true });
    });
  }

  /** Announces it and waits for the answer. */
  async #offer({ of, bytes, signal }: LargeSend): Promise<number> {
    let transfer = 0;
    let answered: Promise<void> = Promise.resolve();
    const source = lazyPdu(() => {
      transfer = ++this.#lastTransfer;
      answered = this.#answer(transfer, signal);
      return encodePdu({ type: 'chunks-offer', transfer, of, sizeBytes: bytes.length });
    });
    await this.#queue.send('bulk', source, signal);
    await answered;
    return transfer;
  }

  #answer(transfer: number, signal: AbortSignal | undefined): Promise<void> {
    const answered = new Promise<void>((resolve, reject) => {
      const settle = (outcome: () => void): void => {
        this.#offered.delete(transfer);
        signal?.removeEventListener('abort', onAbort);
        outcome();
      };
      const onAbort = (): void => {
        settle(() => reject(new P2pError('aborted')));
        this.#cancel(transfer);
      };
      this.#offered.set(transfer, {
        accept: () => settle(resolve),
        reject: error => settle(() => reject(error)),
      });
      signal?.addEventListener('abort', onAbort);
    });
    answered.catch(() => undefined); // whoever waits for the offer itself sees it first
    return answered;
  }

  async #sendAccepted({ bytes, signal, onProgress }: LargeSend, transfer: number): Promise<void> {
    const chunks = chunksOf(bytes, transfer);
    const hasWindow = (): boolean => this.#sentChunks - this.#reportedChunks < MAX_CHUNKS_IN_FLIGHT;
    const source: FrameSource = {
      get nextKind() {
        return chunks.nextKind === null || hasWindow() ? chunks.nextKind : 'wait';
      },
      take: () => {
        this.#sentChunks += 1;
        return chunks.take();
      },
      onSent: sentChunks => onProgress?.(Math.min(bytes.length, sentChunks * CHUNK_BYTES), bytes.length),
    };
    await this.#queue.send('bulk', source, signal).catch((error: unknown) => {
      this.#cancel(transfer);
      throw error;
    });
  }

  /** Tells the receiver to drop it; when the session is over, it did. */
  #cancel(transfer: number): void {
    const pdu = encodePdu({ type: 'chunks-cancel', transfer });
    this.#queue.send('control', singleFrame(pdu)).catch(() => undefined);
  }

  #messageSource(pdu: Uint8Array): FrameSource {
    let chunks: FrameSource | null = null;
    return {
      get nextKind() {
        return chunks === null ? 'pdu' : chunks.nextKind;
      },
      take: () => {
        if (chunks !== null) return chunks.take();
        const transfer = ++this.#lastTransfer;
        chunks = chunksOf(pdu, transfer);
        return encodePdu({ type: 'chunks-offer', transfer, of: 'message', sizeBytes: pdu.length });
      },
    };
  }
}

/** A PDU that is made when its turn comes. */
function lazyPdu(make: () => Uint8Array): FrameSource {
  let isTaken = false;
  return {
    get nextKind() {
      return isTaken ? null : 'pdu';
    },
    take() {
      isTaken = true;
      return make();
    },
  };
}

function chunksOf(pdu: Uint8Array, transfer: number): FrameSource {
  const count = chunkCount(pdu.length);
  let index = 0;
  return {
    get nextKind() {
      return index < count ? 'chunk' : null;
    },
    take() {
      return encodeChunk(transfer, index++, pdu);
    },
  };
}
