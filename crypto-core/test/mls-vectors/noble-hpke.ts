/**
 * HPKE base mode (RFC 9180 §4.1, §5.1.1, §6.1) over @noble, for the published MLS vectors of suites whose
 * optional parts the product does not ship: X448 and ChaCha20-Poly1305. For tests only.
 */
import { gcm } from '@noble/ciphers/aes.js';
import { chacha20poly1305 } from '@noble/ciphers/chacha.js';
import { x25519 } from '@noble/curves/ed25519.js';
import { x448 } from '@noble/curves/ed448.js';
import { expand, extract } from '@noble/hashes/hkdf.js';
import { sha256, sha512 } from '@noble/hashes/sha2.js';
import type { Hpke } from 'ts-mls';
import { concat } from '../../bytes/concat.ts';
import { utf8 } from '../../bytes/utf8.ts';

type Key<Type extends string> = CryptoKey & { type: Type };

/** KEM, hash and AEAD of a suite. */
export interface NobleHpkeParameters {
  readonly kem: 'X25519' | 'X448';
  readonly hash: 'SHA-256' | 'SHA-512';
  readonly aead: 'AES-256-GCM' | 'ChaCha20-Poly1305';
}

const EMPTY = new Uint8Array(0);
const VERSION = utf8('HPKE-v1');

const u16 = (value: number): Uint8Array => new Uint8Array([value >> 8, value & 0xff]);

/** LabeledExtract and LabeledExpand of one suite id. */
function labeledKdf(hash: typeof sha256 | typeof sha512, suiteId: Uint8Array) {
  return {
    extract: (salt: Uint8Array, label: string, ikm: Uint8Array): Uint8Array =>
      extract(hash, concat(VERSION, suiteId, utf8(label), ikm), salt),
    expand: (prk: Uint8Array, label: string, info: Uint8Array, length: number): Uint8Array =>
      expand(hash, prk, concat(u16(length), VERSION, suiteId, utf8(label), info), length),
  };
}

/** The library's HPKE interface. Keys are plain bytes behind the library's key types. */
export function createNobleHpke(parameters: NobleHpkeParameters): Hpke {
  const isX25519 = parameters.kem === 'X25519';
  const curve = isX25519 ? x25519 : x448;
  const kemHash = isX25519 ? sha256 : sha512;
  const hash = parameters.hash === 'SHA-256' ? sha256 : sha512;
  const kemId = isX25519 ? 0x0020 : 0x0021;
  const cipher = parameters.aead === 'AES-256-GCM' ? gcm : chacha20poly1305;
  const kem = labeledKdf(kemHash, concat(utf8('KEM'), u16(kemId)));
  const kdfId = hash === sha256 ? 1 : 3;
  const aeadId = parameters.aead === 'AES-256-GCM' ? 2 : 3;
  const suite = labeledKdf(hash, concat(utf8('HPKE'), u16(kemId), u16(kdfId), u16(aeadId)));
  const encrypt = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array | undefined, plaintext: Uint8Array) =>
    cipher(key, nonce, aad ?? EMPTY).encrypt(plaintext);
  const decrypt = (key: Uint8Array, nonce: Uint8Array, aad: Uint8Array | undefined, text: Uint8Array) =>
    cipher(key, nonce, aad ?? EMPTY).decrypt(text);

  const sharedSecret = (dh: Uint8Array, enc: Uint8Array, publicKey: Uint8Array): Uint8Array =>
    kem.expand(kem.extract(EMPTY, 'eae_prk', dh), 'shared_secret', concat(enc, publicKey), kemHash.outputLen);

  const schedule = (shared: Uint8Array, info: Uint8Array) => {
    const context = concat(
      new Uint8Array([0]),
      suite.extract(EMPTY, 'psk_id_hash', EMPTY),
      suite.extract(EMPTY, 'info_hash', info),
    );
    const secret = suite.extract(shared, 'secret', EMPTY);
    return {
      key: suite.expand(secret, 'key', context, 32),
      nonce: suite.expand(secret, 'base_nonce', context, 12),
      exporter: suite.expand(secret, 'exp', context, hash.outputLen),
    };
  };

  const encapsulate = (publicKey: Uint8Array) => {
    const secretKey = curve.utils.randomSecretKey();
    const enc = curve.getPublicKey(secretKey);
    return { enc, shared: sharedSecret(curve.getSharedSecret(secretKey, publicKey), enc, publicKey) };
  };
  const decapsulate = (secretKey: Uint8Array, enc: Uint8Array): Uint8Array =>
    sharedSecret(curve.getSharedSecret(secretKey, enc), enc, curve.getPublicKey(secretKey));

  const pair = (secretKey: Uint8Array) => ({
    privateKey: toKey<'private'>(secretKey),
    publicKey: toKey<'public'>(curve.getPublicKey(secretKey)),
  });

  const hpke = {
    keyLength: 32,
    nonceLength: 12,
    async open(
      privateKey: Key<'private'>,
      enc: Uint8Array,
      text: Uint8Array,
      info: Uint8Array,
      aad?: Uint8Array,
    ) {
      const { key, nonce } = schedule(decapsulate(toBytes(privateKey), enc), info);
      return decrypt(key, nonce, aad, text);
    },
    async seal(publicKey: Key<'public'>, plaintext: Uint8Array, info: Uint8Array, aad?: Uint8Array) {
      const { enc, shared } = encapsulate(toBytes(publicKey));
      const { key, nonce } = schedule(shared, info);
      return { enc, ct: encrypt(key, nonce, aad, plaintext) };
    },
    async exportSecret(publicKey: Key<'public'>, context: Uint8Array, length: number, info: Uint8Array) {
      const { enc, shared } = encapsulate(toBytes(publicKey));
      return { enc, secret: suite.expand(schedule(shared, info).exporter, 'sec', context, length) };
    },
    async importSecret(
      privateKey: Key<'private'>,
      context: Uint8Array,
      enc: Uint8Array,
      length: number,
      info: Uint8Array,
    ) {
      const { exporter } = schedule(decapsulate(toBytes(privateKey), enc), info);
      return suite.expand(exporter, 'sec', context, length);
    },
    importPrivateKey: async (bytes: Uint8Array) => toKey<'private'>(bytes),
    importPublicKey: async (bytes: Uint8Array) => toKey<'public'>(bytes),
    exportPublicKey: async (key: Key<'public'>) => toBytes(key),
    exportPrivateKey: async (key: Key<'private'>) => toBytes(key),
    encryptAead: async (...input: Parameters<typeof encrypt>) => encrypt(...input),
    decryptAead: async (...input: Parameters<typeof decrypt>) => decrypt(...input),
    generateKeyPair: async () => pair(curve.utils.randomSecretKey()),
    async deriveKeyPair(ikm: Uint8Array) {
      const prk = kem.extract(EMPTY, 'dkp_prk', ikm);
      return pair(kem.expand(prk, 'sk', EMPTY, isX25519 ? 32 : 56));
    },
  };
  return hpke;
}

function toKey<Type extends 'public' | 'private'>(bytes: Uint8Array): Key<Type> {
  return bytes as unknown as Key<Type>;
}

function toBytes(key: CryptoKey): Uint8Array {
  return key as unknown as Uint8Array;
}
