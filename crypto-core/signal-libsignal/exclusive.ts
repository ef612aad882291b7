/**
 * One operation of the library at a time, with the private keys that it may use.
 *
 * The library's curve is a global, so whose keys a call means can only be known while nobody else runs. Private keys
 * are CryptoKeys; the library sees 32-byte handles, which mean nothing outside of their operation.
 */
import { CryptoCoreError } from '@enk/crypto-core/engine-kit';

/** "These bytes of a signed prekey are signed": the only signature claim that the curve confirms. */
export interface VerifiedPrekey {
  /** dh_B, 32 bytes. */
  readonly identityDh: Uint8Array;
  /** spk_B as the library names it, 33 bytes. */
  readonly signedPrekey: Uint8Array;
}

/** A private key behind a handle. */
export interface HeldKey {
  readonly privateKey: CryptoKey;
  /** 32 bytes. */
  readonly publicKey: Uint8Array;
}

/** What one operation may do. */
export interface Operation {
  /** By the handle's hex; keys that the operation makes are added. */
  readonly keys: Map<string, HeldKey>;
  readonly verifiedPrekey?: VerifiedPrekey;
}

let running: Operation | null = null;
let queue: Promise<unknown> = Promise.resolve();

/** Runs `job` after every operation that was asked for before. */
export function runExclusive<T>(operation: Operation, job: () => Promise<T>): Promise<T> {
  const result = queue.then(async () => {
    running = operation;
    try {
      return await job();
    } finally {
      running = null;
    }
  });
  // Keeps no result: the last plaintext or record would live until the next operation.
  queue = result.then(
    () => undefined,
    () => undefined,
  );
  return result;
}

/** The operation that runs. Throws `internal` when none does: then nobody may use a key. */
export function currentOperation(): Operation {
  if (running === null) throw new CryptoCoreError('internal');
  return running;
}
