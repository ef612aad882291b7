/**
 * Fast bulk: chunks of a file under a key of their own, outside the ratchets (SPEC.md CC-BLK). Opt-in; what it
 * gives up is stated there.
 *
 *     file key      32 random bytes, fresh for each transfer; travels through the whole cascade
 *     attempt id    32 random bytes, fresh for each offer and each resume; so does it
 *     chunk key   = L(file key, "bulk chunk", attempt id ‖ TH0)
 *     frame       = header (kind 3, gen 0, ctr = index) ‖ AES-256-GCM(chunk key, nonce = 0^4 ‖ index u64, AD, chunk)
 *     AD          = header ‖ file id ‖ index u64 ‖ total u64 ‖ size u64
 *
 * Invariants: a sealer draws its attempt id itself, and seals each index once: no (key, nonce) pair is used
 * twice, not after a crash either. An opener opens each index once. A source that changed is a new transfer.
 * Not responsible for order, storage, the file's hash, or the channel.
 */
import { concat } from '../bytes/concat.ts';
import { u64 } from '../bytes/integers.ts';
import { deriveKey } from '../bytes/kdf.ts';
import { randomBytes } from '../bytes/random.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import {
  decodeFastBulkFrame,
  encodeFrameHeader,
  encodeSealedFrame,
  FRAME_KIND_FAST_BULK,
  type SealedFrame,
} from '../frame/frame.ts';
import { aesGcmDecrypt, aesGcmEncrypt, type AeadInput, importAesKey } from '../primitives/aes-gcm.ts';
import { chunkRange, type ChunkPlan, countChunks } from './chunks.ts';

export const FILE_KEY_BYTES = 32;
export const FILE_ID_BYTES = 16;
export const ATTEMPT_ID_BYTES = 32;
const SESSION_ID_BYTES = 32;
const GENERATION = 0;
const NONCE_PREFIX = new Uint8Array(4);

/** What both sides agreed on through the cascade. */
export interface BulkTransfer extends ChunkPlan {
  /** 32 bytes, fresh for this transfer. The caller owns and wipes it. */
  readonly fileKey: Uint8Array;
  /** 16 bytes, random: names the transfer. */
  readonly fileId: Uint8Array;
  /** TH0 of the connection that carries the offer, 32 bytes. */
  readonly sessionId: Uint8Array;
}

/** A fresh file key, 32 bytes. The caller wipes it. */
export function generateFileKey(): Uint8Array {
  return randomBytes(FILE_KEY_BYTES);
}

/** The sending side of one attempt. */
export class BulkSealer {
  /** 32 bytes: to be sent through the cascade before the first chunk. */
  readonly attemptId: Uint8Array;
  readonly #attempt: Attempt;

  private constructor(attemptId: Uint8Array, attempt: Attempt) {
    this.attemptId = attemptId;
    this.#attempt = attempt;
  }

  /** Begins an attempt, an offer or a resume, with a fresh id. Throws `invalid-argument`. */
  static async start(transfer: BulkTransfer): Promise<BulkSealer> {
    const attemptId = randomBytes(ATTEMPT_ID_BYTES);
    return new BulkSealer(attemptId, await Attempt.create(transfer, attemptId));
  }

  /**
   * Seals chunk `index` of the plan. Throws `invalid-argument` for a chunk of another length than the plan's, for
   * an index beyond it, and for one that was sealed (or tried) before.
   */
  async seal(index: number, chunk: Uint8Array): Promise<SealedFrame> {
    const attempt = this.#attempt;
    if (chunkRange(attempt.plan, index).length !== chunk.length || !attempt.take(index)) {
      throw new CryptoCoreError('invalid-argument');
    }
    const header = encodeFrameHeader({ kind: FRAME_KIND_FAST_BULK, gen: GENERATION, ctr: index });
    return encodeSealedFrame(header, await aesGcmEncrypt(attempt.aeadInput(header, index), chunk));
  }
}

/** The receiving side of one attempt. */
export class BulkOpener {
  readonly #attempt: Attempt;

  private constructor(attempt: Attempt) {
    this.#attempt = attempt;
  }

  /** Takes the attempt id (32 bytes) that came through the cascade. Throws `invalid-argument`. */
  static async create(transfer: BulkTransfer, attemptId: Uint8Array): Promise<BulkOpener> {
    if (attemptId.length !== ATTEMPT_ID_BYTES) throw new CryptoCoreError('invalid-argument');
    return new BulkOpener(await Attempt.create(transfer, attemptId));
  }

  /** Opens one frame. Throws `protocol-error`, and nothing changes, for anything but a chunk not opened before. */
  async open(bytes: Uint8Array): Promise<{ readonly index: number; readonly chunk: Uint8Array }> {
    const { header, headerBytes, ciphertext } = decodeFastBulkFrame(bytes);
    const attempt = this.#attempt;
    const index = header.ctr;
    if (header.gen !== GENERATION || !attempt.isOpen(index)) throw new CryptoCoreError('protocol-error');
    const chunk = await aesGcmDecrypt(attempt.aeadInput(headerBytes, index), ciphertext);
    const isWhole = chunk.length === chunkRange(attempt.plan, index).length;
    if (!isWhole || !attempt.take(index)) throw new CryptoCoreError('protocol-error');
    return { index, chunk };
  }
}

/** Key, associated data and used indices of one attempt, the same for both sides. */
class Attempt {
  readonly #used: Uint8Array;

  private constructor(
    readonly plan: ChunkPlan,
    private readonly key: CryptoKey,
    private readonly fileId: Uint8Array,
    private readonly total: number,
  ) {
    this.#used = new Uint8Array(Math.ceil(total / 8));
  }

  static async create(transfer: BulkTransfer, attemptId: Uint8Array): Promise<Attempt> {
    const { fileKey, fileId, sessionId, sizeBytes, chunkBytes } = transfer;
    const areLengthsRight =
      fileKey.length === FILE_KEY_BYTES &&
      fileId.length === FILE_ID_BYTES &&
      sessionId.length === SESSION_ID_BYTES;
    if (!areLengthsRight) throw new CryptoCoreError('invalid-argument');
    const plan = { sizeBytes, chunkBytes };
    const total = countChunks(plan);
    const raw = deriveKey(fileKey, 'bulk chunk', concat(attemptId, sessionId));
    const key = await importAesKey(raw);
    wipe(raw);
    return new Attempt(plan, key, fileId.slice(), total);
  }

  /** Whether `index` is in the file and was not taken. */
  isOpen(index: number): boolean {
    return index < this.total && ((this.#used[index >> 3] as number) & (1 << (index & 7))) === 0;
  }

  /** Takes `index`; false when that was done before. */
  take(index: number): boolean {
    if (!this.isOpen(index)) return false;
    this.#used[index >> 3] = (this.#used[index >> 3] as number) | (1 << (index & 7));
    return true;
  }

  aeadInput(headerBytes: Uint8Array, index: number): AeadInput {
    const position = [u64(index), u64(this.total), u64(this.plan.sizeBytes)];
    return {
      key: this.key,
      nonce: concat(NONCE_PREFIX, u64(index)),
      associatedData: concat(headerBytes, this.fileId, ...position),
    };
  }
}
