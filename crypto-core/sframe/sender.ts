/**
 * Encrypts the frames of one track under one KID with a counter of its own: from 0, one more for every frame, gone
 * with the object. It is never stored: whoever starts again does so with a fresh join nonce, which gives a fresh
 * key (`key-chain.ts`). Two senders for one base key and KID would repeat nonces; the key chain makes one.
 *
 * There is no way to get a clear frame through: `encrypt` gives an SFrame or rejects, and the caller drops.
 */
import { CryptoCoreError } from '../errors.ts';
import { importSFrameKey, protectFrame, type SFrameBytes, type SFrameKey } from './frame-key.ts';
import { PROFILE_SFRAME_SUITE } from './suites.ts';

/**
 * Frames under one key. At 2^32 frames of 64 KiB an attacker's advantage against GCM stays below 2^-40
 * (2^44 blocks); 60 frames a second take two years to get there.
 */
export const SFRAME_COUNTER_LIMIT = 2 ** 32;

export class SFrameSender {
  #key: SFrameKey | null;
  #next: number;

  private constructor(key: SFrameKey, firstCounter: number) {
    this.#key = key;
    this.#next = firstCounter;
  }

  /** A sender of the profile's suite. `baseKey`: 32 bytes, fresh for this sender; the caller wipes it. */
  static async create(input: {
    readonly baseKey: Uint8Array;
    readonly kid: bigint;
    readonly unsafeTestingFirstCounter?: number;
  }): Promise<SFrameSender> {
    const { baseKey, kid, unsafeTestingFirstCounter = 0 } = input;
    const key = await importSFrameKey({ suiteId: PROFILE_SFRAME_SUITE, baseKey, kid });
    return new SFrameSender(key, unsafeTestingFirstCounter);
  }

  /** The counter of the frame after this one: who comes now has no business with an earlier one. */
  get nextCounter(): number {
    return this.#next;
  }

  /** The KID that all its frames name. */
  get kid(): bigint {
    return this.#open().kid;
  }

  /**
   * The SFrame of one encoded media frame. `metadata` (a codec header, at most 1,024 bytes) is authenticated and not
   * sent along. Throws `invalid-argument` above the limits and `session-closed` after {@link close} or 2^32 frames;
   * then the frame is dropped. A counter is spent even if encryption fails.
   */
  async encrypt(plaintext: Uint8Array, metadata: Uint8Array): Promise<SFrameBytes> {
    const key = this.#open();
    if (this.#next >= SFRAME_COUNTER_LIMIT) throw new CryptoCoreError('session-closed');
    const ctr = this.#next;
    this.#next += 1; // before the first await: a second call in the same turn gets another counter
    return protectFrame(key, BigInt(ctr), { plaintext, metadata });
  }

  /** Drops the key. Frames under way end. */
  close(): void {
    this.#key = null;
  }

  #open(): SFrameKey {
    if (this.#key === null) throw new CryptoCoreError('session-closed');
    return this.#key;
  }
}
