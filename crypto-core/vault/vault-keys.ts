/**
 * The keys of an unlocked vault. They come from the DEK, which is a non-extractable HKDF key: no byte of it, nor of
 * a record's key, is ever seen by JavaScript.
 *
 *     record = format u8 = 1 ‖ version u32 ‖ salt (32) ‖ AES-256-GCM(key, nonce 0^12, AD = place, plaintext) ‖ tag
 *     place  = "enk/v1 vault record" ‖ 0x00 ‖ vault id ‖ lp(store) ‖ lp(record key) ‖ version u32
 *     key    = HKDF(salt, DEK, H(place), 32)
 *
 * Why a key for each write, and not one key with random nonces: a 96-bit random nonce limits what one key may ever
 * write, and a counter or version as nonce repeats after a crash or a restored backup. A fresh 256-bit salt does
 * neither; it is what XChaCha20 does with its long nonce, on the platform's cipher and with keys that stay inside.
 *
 * Not responsible for rollback: an older record of the same place still opens. Who stores it compares `version`, or
 * keeps a revision elsewhere.
 */
import { concat, lp } from '../bytes/concat.ts';
import { readU32, u32 } from '../bytes/integers.ts';
import { sha256 } from '../bytes/kdf.ts';
import { randomBytes } from '../bytes/random.ts';
import { source } from '../bytes/source.ts';
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';

/** Longest plaintext of a record: the largest PDU. Files are kept in chunks. */
export const VAULT_RECORD_MAX_BYTES = 16 * 1024 * 1024;

/** A record is so much longer than its plaintext. */
export const VAULT_RECORD_OVERHEAD_BYTES = 1 + 4 + 32 + 16;

const FORMAT = 1;
const SALT_BYTES = 32;
const SALT_START = 5;
const SEALED_START = SALT_START + SALT_BYTES;
const NONCE = new Uint8Array(12);
const RECORD_LABEL = concat(utf8('enk/v1 vault record'), new Uint8Array(1));
const NAMES_LABEL = concat(utf8('enk/v1 vault names'), new Uint8Array(1));
const NO_SALT = new Uint8Array(0);

/** Where a record stands. */
export interface RecordPlace {
  readonly store: string;
  /** The record's key in its store. */
  readonly key: Uint8Array;
}

/** A record that opened. */
export interface OpenedRecord {
  /** As it was sealed with. */
  readonly version: number;
  readonly plaintext: Uint8Array<ArrayBuffer>;
}

export class VaultKeys {
  readonly #vaultId: Uint8Array;
  #dek: CryptoKey | null;

  /** `dek`: a non-extractable HKDF key; see `unlockVault`. */
  constructor(vaultId: Uint8Array, dek: CryptoKey) {
    this.#vaultId = vaultId.slice();
    this.#dek = dek;
  }

  /**
   * Seals a record for its place; 53 bytes longer. `version`: u32, of the record's schema or content, readable and
   * authenticated. Throws `invalid-argument` above 16 MiB, `session-closed` once locked.
   */
  async sealRecord(
    place: RecordPlace & { readonly version: number },
    plaintext: Uint8Array,
  ): Promise<Uint8Array<ArrayBuffer>> {
    const dek = this.#unlocked();
    if (plaintext.length > VAULT_RECORD_MAX_BYTES) throw new CryptoCoreError('invalid-argument');
    const version = encodeVersion(place.version);
    const [salt, bound] = [randomBytes(SALT_BYTES), this.#bind(place, version)];
    const key = await deriveRecordKey(dek, salt, bound);
    const sealed = new Uint8Array(await crypto.subtle.encrypt(gcm(bound), key, source(plaintext)));
    this.#unlocked(); // It may have been locked meanwhile.
    return concat(Uint8Array.of(FORMAT), version, salt, sealed);
  }

  /**
   * Opens a record of its place. Throws `vault-corrupt` for anything that this vault did not seal for exactly this
   * place, `session-closed` once locked.
   */
  async openRecord(place: RecordPlace, record: Uint8Array): Promise<OpenedRecord> {
    const dek = this.#unlocked();
    const size = record.length - VAULT_RECORD_OVERHEAD_BYTES;
    if (size < 0 || size > VAULT_RECORD_MAX_BYTES || record[0] !== FORMAT) {
      throw new CryptoCoreError('vault-corrupt');
    }
    const bound = this.#bind(place, record.subarray(1, SALT_START));
    const key = await deriveRecordKey(dek, record.subarray(SALT_START, SEALED_START), bound);
    const plaintext = await decryptRecord(key, bound, record.subarray(SEALED_START));
    if (this.#dek === null) plaintext.fill(0); // Locked meanwhile: nothing comes out any more.
    this.#unlocked();
    return { version: readU32(bound, bound.length - 4), plaintext };
  }

  /** HMAC-SHA-256, non-extractable: makes names of records that say nothing to who reads the raw store. */
  async deriveNamingKey(): Promise<CryptoKey> {
    const info = concat(NAMES_LABEL, this.#vaultId);
    const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: NO_SALT, info };
    const hmac = { name: 'HMAC', hash: 'SHA-256', length: 256 };
    return crypto.subtle.deriveKey(hkdf, this.#unlocked(), hmac, false, ['sign']);
  }

  /** Forgets the DEK. What is being sealed or opened is refused too; naming keys must be dropped by who has them. */
  lock(): void {
    this.#dek = null;
  }

  #bind({ store, key }: RecordPlace, version: Uint8Array): Uint8Array<ArrayBuffer> {
    return concat(RECORD_LABEL, this.#vaultId, lp(utf8(store)), lp(key), version);
  }

  #unlocked(): CryptoKey {
    if (this.#dek === null) throw new CryptoCoreError('session-closed');
    return this.#dek;
  }
}

function encodeVersion(version: number): Uint8Array {
  if (!Number.isInteger(version) || version < 0 || version > 0xffff_ffff) {
    throw new CryptoCoreError('invalid-argument');
  }
  return u32(version);
}

function deriveRecordKey(dek: CryptoKey, salt: Uint8Array, bound: Uint8Array): Promise<CryptoKey> {
  const hkdf = { name: 'HKDF', hash: 'SHA-256', salt: source(salt), info: sha256(bound) };
  const aes = { name: 'AES-GCM', length: 256 };
  return crypto.subtle.deriveKey(hkdf, dek, aes, false, ['encrypt', 'decrypt']);
}

async function decryptRecord(
  key: CryptoKey,
  bound: Uint8Array<ArrayBuffer>,
  sealed: Uint8Array,
): Promise<Uint8Array<ArrayBuffer>> {
  try {
    return new Uint8Array(await crypto.subtle.decrypt(gcm(bound), key, source(sealed)));
  } catch (cause) {
    throw new CryptoCoreError('vault-corrupt', { cause });
  }
}

function gcm(bound: Uint8Array<ArrayBuffer>): AesGcmParams {
  return { name: 'AES-GCM', iv: NONCE, additionalData: bound };
}
