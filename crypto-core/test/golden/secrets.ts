/**
 * The secrets of a vector: what a second implementation starts from. X25519 private keys by public key; ML-KEM-768
 * shared secrets by the hash of their ciphertext, so that a decoder needs no ML-KEM; all in hex.
 */
import { shake256 } from '@noble/hashes/sha3.js';
import { encodeHex } from '../../bytes/hex.ts';
import { sha256 } from '../../bytes/kdf.ts';
import { softwareKem } from '../../ml-kem/ml-kem-768.ts';
import type { SeededPlatform } from './seeded-platform.ts';

/** The form in a vector file. */
export interface SecretsJson {
  readonly x25519: Record<string, string>;
  readonly mlKem: Record<string, string>;
}

const SEED_BYTES = 64;
const X_WING_SEED_BYTES = 32;
const ML_KEM_KEY_BYTES = 1_184;
const ML_KEM_CIPHERTEXT_BYTES = 1_088;

/** Finds the private halves of what a platform drew. */
export class SecretsLog {
  readonly #platform: SeededPlatform;
  readonly #mlKem: Record<string, string> = {};
  readonly #x25519: Record<string, string> = {};

  constructor(platform: SeededPlatform) {
    this.#platform = platform;
  }

  /** Notes a static key that was imported, not drawn. */
  addX25519(publicKey: Uint8Array, secret: Uint8Array): void {
    this.#x25519[encodeHex(publicKey)] = encodeHex(secret);
  }

  /** Notes the shared secret of one ML-KEM-768 ciphertext. Throws when nobody here drew the key. */
  async addMlKem(encapsulationKey: Uint8Array, ciphertext: Uint8Array): Promise<void> {
    const seed = await this.#findMlKemSeed(encapsulationKey);
    const sharedSecret = await softwareKem.decapsulate(seed, ciphertext);
    this.#mlKem[encodeHex(sha256(ciphertext))] = encodeHex(sharedSecret);
  }

  /** Notes both halves of one X-Wing encapsulation (draft-connolly-cfrg-xwing-kem): its 1,120 bytes. */
  async addXWing(publicKey: Uint8Array, encapsulation: Uint8Array): Promise<void> {
    const expanded = shake256(await this.findXWingSeed(publicKey), { dkLen: SEED_BYTES + 32 });
    const ciphertext = encapsulation.slice(0, ML_KEM_CIPHERTEXT_BYTES);
    const sharedSecret = await softwareKem.decapsulate(expanded.slice(0, SEED_BYTES), ciphertext);
    this.#mlKem[encodeHex(sha256(ciphertext))] = encodeHex(sharedSecret);
    this.addX25519(publicKey.slice(ML_KEM_KEY_BYTES), expanded.slice(SEED_BYTES));
  }

  /** The 32-byte seed of an X-Wing key pair. */
  async findXWingSeed(publicKey: Uint8Array): Promise<Uint8Array> {
    const wanted = encodeHex(publicKey.slice(0, ML_KEM_KEY_BYTES));
    for (const draw of this.#platform.draws.filter(({ length }) => length === X_WING_SEED_BYTES)) {
      const expanded = shake256(draw, { dkLen: SEED_BYTES + 32 });
      const { encapsulationKey } = await softwareKem.keyPairFromSeed(expanded.slice(0, SEED_BYTES));
      if (encodeHex(encapsulationKey) === wanted) return draw.slice();
    }
    throw new Error('no X-Wing key of this platform');
  }

  /** The Ed25519 seed of a public key that was drawn. */
  findEd25519Seed(publicKey: Uint8Array): Uint8Array {
    const seed = this.#platform.privateKeys.Ed25519.get(encodeHex(publicKey));
    if (seed === undefined) throw new Error('no Ed25519 key of this platform');
    return seed;
  }

  toJson(): SecretsJson {
    const drawn = [...this.#platform.privateKeys.X25519].map(
      ([key, secret]) => [key, encodeHex(secret)] as const,
    );
    return { x25519: { ...this.#x25519, ...Object.fromEntries(drawn) }, mlKem: { ...this.#mlKem } };
  }

  async #findMlKemSeed(encapsulationKey: Uint8Array): Promise<Uint8Array> {
    const wanted = encodeHex(encapsulationKey);
    for (const draw of this.#platform.draws.filter(({ length }) => length === SEED_BYTES)) {
      const pair = await softwareKem.keyPairFromSeed(draw);
      if (encodeHex(pair.encapsulationKey) === wanted) return draw;
    }
    throw new Error('no ML-KEM key of this platform');
  }
}
