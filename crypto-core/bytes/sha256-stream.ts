/** SHA-256 (FIPS 180-4) of bytes that come in parts: what WebCrypto, which hashes whole buffers, does not have. */
import { sha256 } from '@noble/hashes/sha2.js';

export interface Sha256Stream {
  /** Adds the next bytes, which are read before it returns. */
  update(part: Uint8Array): void;
  /** The hash of everything so far, 32 bytes; nothing can be added after it. */
  digest(): Uint8Array<ArrayBuffer>;
}

export function sha256Stream(): Sha256Stream {
  const hash = sha256.create();
  return {
    update: part => void hash.update(part),
    digest: () => hash.digest() as Uint8Array<ArrayBuffer>,
  };
}
