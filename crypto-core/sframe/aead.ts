/**
 * The AEADs of the SFrame suites on WebCrypto, with non-extractable keys: AES-GCM, and AES-CTR with HMAC
 * (RFC 9605 §4.5.1: encrypt, then MAC over lengths, nonce, associated data and ciphertext; the tag is truncated).
 *
 * Who calls owns the uniqueness of (key, nonce).
 */
import { concat } from '../bytes/concat.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { source } from '../bytes/source.ts';
import { CryptoCoreError } from '../errors.ts';
import { encodeU64 } from './header.ts';
import type { SFrameSuite } from './suites.ts';

/** Input of one operation. `nonce`: 12 bytes. */
export interface SFrameAeadInput {
  readonly nonce: Uint8Array;
  readonly associatedData: Uint8Array;
}

/** One key of one suite. */
export interface SFrameAead {
  /** ciphertext ‖ tag: Nt bytes longer than the plaintext. */
  encrypt(input: SFrameAeadInput, plaintext: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
  /** Throws `protocol-error` when it is too short or the tag does not verify; nothing is decrypted before that. */
  decrypt(input: SFrameAeadInput, ciphertext: Uint8Array): Promise<Uint8Array<ArrayBuffer>>;
}

/** `key`: AES key ‖ HMAC key of the suite's lengths; the caller wipes it. */
export function importSFrameAead(suite: SFrameSuite, key: Uint8Array): Promise<SFrameAead> {
  if (key.length !== suite.aesKeyBytes + suite.macKeyBytes) throw new CryptoCoreError('invalid-argument');
  return suite.aead === 'AES-GCM' ? importGcm(suite, key) : importCtrHmac(suite, key);
}

async function importGcm(suite: SFrameSuite, key: Uint8Array): Promise<SFrameAead> {
  const aes = await crypto.subtle.importKey('raw', source(key), 'AES-GCM', false, ['encrypt', 'decrypt']);
  const algorithm = ({ nonce, associatedData }: SFrameAeadInput): AesGcmParams => ({
    name: 'AES-GCM',
    iv: source(nonce),
    additionalData: source(associatedData),
    tagLength: suite.tagBytes * 8,
  });
  return {
    async encrypt(input, plaintext) {
      return new Uint8Array(await crypto.subtle.encrypt(algorithm(input), aes, source(plaintext)));
    },
    async decrypt(input, ciphertext) {
      if (ciphertext.length < suite.tagBytes) throw new CryptoCoreError('protocol-error');
      try {
        return new Uint8Array(await crypto.subtle.decrypt(algorithm(input), aes, source(ciphertext)));
      } catch (cause) {
        throw new CryptoCoreError('protocol-error', { cause });
      }
    },
  };
}

async function importCtrHmac(suite: SFrameSuite, key: Uint8Array): Promise<SFrameAead> {
  const hmac = { name: 'HMAC', hash: suite.hash };
  const [encKey, authKey] = [key.subarray(0, suite.aesKeyBytes), key.subarray(suite.aesKeyBytes)];
  const aes = await crypto.subtle.importKey('raw', source(encKey), 'AES-CTR', false, ['encrypt', 'decrypt']);
  const mac = await crypto.subtle.importKey('raw', source(authKey), hmac, false, ['sign']);
  const tagOf = async (input: SFrameAeadInput, ciphertext: Uint8Array): Promise<Uint8Array> => {
    const authenticated = encodeAuthenticated(suite, input, ciphertext);
    return new Uint8Array(await crypto.subtle.sign('HMAC', mac, authenticated)).subarray(0, suite.tagBytes);
  };
  return {
    async encrypt(input, plaintext) {
      const sealed = await crypto.subtle.encrypt(counterBlock(input), aes, source(plaintext));
      const ciphertext = new Uint8Array(sealed);
      return concat(ciphertext, await tagOf(input, ciphertext));
    },
    async decrypt(input, sealed) {
      if (sealed.length < suite.tagBytes) throw new CryptoCoreError('protocol-error');
      const ciphertext = sealed.subarray(0, sealed.length - suite.tagBytes);
      const tag = sealed.subarray(ciphertext.length);
      const expected = await tagOf(input, ciphertext);
      if (!constantTimeEqual(tag, expected)) throw new CryptoCoreError('protocol-error');
      return new Uint8Array(await crypto.subtle.decrypt(counterBlock(input), aes, source(ciphertext)));
    },
  };
}

/** Nonce ‖ block counter u32 from 0: 2^32 blocks, far above a frame's limit. */
function counterBlock({ nonce }: SFrameAeadInput): AesCtrParams {
  return { name: 'AES-CTR', counter: concat(nonce, new Uint8Array(4)), length: 32 };
}

function encodeAuthenticated(
  suite: SFrameSuite,
  { nonce, associatedData }: SFrameAeadInput,
  ciphertext: Uint8Array,
): Uint8Array<ArrayBuffer> {
  const lengths = [associatedData.length, ciphertext.length, suite.tagBytes];
  return concat(...lengths.map(length => encodeU64(BigInt(length))), nonce, associatedData, ciphertext);
}
