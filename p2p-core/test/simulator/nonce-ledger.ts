/**
 * Every AES-GCM encryption of the process: under one key, a nonce is used for one plaintext. Keys are known by
 * their bytes, not by their objects, so that a key that was stored, restored or imported twice stays the same key.
 */
import { KeyObject, createHash } from 'node:crypto';

export interface EncryptionRecorder {
  record(algorithm: AesGcmParams, key: CryptoKey, plaintext: BufferSource): void;
}

export class NonceLedger implements EncryptionRecorder {
  readonly #seen = new Map<string, string>();
  readonly #keys = new WeakMap<CryptoKey, string>();
  /** Encryptions seen. */
  count = 0;

  /** Throws when this key and nonce sealed something else before. */
  record(algorithm: AesGcmParams, key: CryptoKey, plaintext: BufferSource): void {
    this.count += 1;
    const place = `${this.#fingerprint(key)}/${Buffer.from(bytesOf(algorithm.iv)).toString('base64')}`;
    const digest = createHash('sha256');
    const aad = algorithm.additionalData;
    digest
      .update(aad === undefined ? '' : bytesOf(aad))
      .update('|')
      .update(bytesOf(plaintext));
    const content = digest.digest('base64');
    const before = this.#seen.get(place);
    if (before !== undefined && before !== content) throw new Error('a key and nonce sealed two plaintexts');
    this.#seen.set(place, content);
  }

  #fingerprint(key: CryptoKey): string {
    const known = this.#keys.get(key);
    if (known !== undefined) return known;
    // Also opens keys that are not extractable: this is the simulator's own process.
    const print = KeyObject.from(key).export().toString('base64');
    this.#keys.set(key, print);
    return print;
  }
}

export function bytesOf(source: BufferSource): Uint8Array {
  return ArrayBuffer.isView(source)
    ? new Uint8Array(source.buffer, source.byteOffset, source.byteLength)
    : new Uint8Array(source);
}
