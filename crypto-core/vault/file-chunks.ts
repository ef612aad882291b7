/**
 * Chunks of a file at rest, each sealed on its own, so that any one opens without the others (SPEC.md CC-VLT).
 *
 *     run key      32 random bytes for each run of writing (the file's making, and each time it is continued)
 *     file chunk = AES-256-GCM(run key, nonce = 0^4 ‖ index u64, AD = place, chunk) ‖ tag
 *     place      = "enk/v1 vault file" ‖ 0x00 ‖ file id (16) ‖ chunk size u32 ‖ index u64
 *
 * Invariant: a sealer seals each index once, in order, and its key is its own: a crash burns a key and repeats no
 * nonce. All chunks are of one size; who stores them keeps how many there are, and the rest that fills no chunk, in a
 * record of the vault, whose AEAD binds both.
 */
import { concat } from '../bytes/concat.ts';
import { u32, u64 } from '../bytes/integers.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import {
  AES_KEY_BYTES,
  type AeadInput,
  GCM_TAG_BYTES,
  aesGcmDecrypt,
  aesGcmEncrypt,
  importAesKey,
} from '../primitives/aes-gcm.ts';

export const VAULT_FILE_ID_BYTES = 16;
/** A sealed chunk is so much longer than its plaintext. */
export const VAULT_FILE_CHUNK_OVERHEAD_BYTES = GCM_TAG_BYTES;
/** Largest chunk: what one read from the middle of a file costs at least. */
export const VAULT_FILE_MAX_CHUNK_BYTES = 4 * 1024 * 1024;
const MAX_CHUNK_INDEX = 2 ** 32;

const LABEL = concat(utf8('enk/v1 vault file'), new Uint8Array(1));
const NONCE_PREFIX = new Uint8Array(4);

/** What the chunks of one run of writing share. */
export interface FileRun {
  /** 32 bytes, random, of this run alone. The caller owns and wipes it. */
  readonly runKey: Uint8Array;
  /** 16 bytes, random: names the file. */
  readonly fileId: Uint8Array;
  /** Bytes of every chunk: 1 … 4 MiB. */
  readonly chunkBytes: number;
}

/** A fresh run key, 32 bytes. The caller wipes it. */
export function generateFileRunKey(): Uint8Array<ArrayBuffer> {
  return randomBytes(AES_KEY_BYTES);
}

/** Seals the chunks of one run, from a first index on. */
export class FileChunkSealer {
  readonly #place: Place;
  #next: number;

  private constructor(place: Place, firstIndex: number) {
    this.#place = place;
    this.#next = firstIndex;
  }

  /** The sealer of a run whose key nobody used before. Throws `invalid-argument`. */
  static async create(run: FileRun, firstIndex: number): Promise<FileChunkSealer> {
    assertIndex(firstIndex);
    return new FileChunkSealer(await Place.create(run), firstIndex);
  }

  /**
   * Seals the next chunk; 16 bytes longer. `chunk` is read before this returns. Throws `invalid-argument` for another
   * length than the run's.
   */
  seal(chunk: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    if (chunk.length !== this.#place.chunkBytes) throw new CryptoCoreError('invalid-argument');
    assertIndex(this.#next);
    const index = this.#next++; // before anything can fail: no index is sealed twice
    return aesGcmEncrypt(this.#place.aeadInput(index), chunk);
  }
}

/** Opens chunks of one run, any of them at any time. */
export class FileChunkOpener {
  readonly #place: Place;

  private constructor(place: Place) {
    this.#place = place;
  }

  static async create(run: FileRun): Promise<FileChunkOpener> {
    return new FileChunkOpener(await Place.create(run));
  }

  /** Opens one chunk; `sealed` is read before this returns. Throws `vault-corrupt` for anything but this run's chunk of this file at this index. */
  async open(index: number, sealed: Uint8Array): Promise<Uint8Array<ArrayBuffer>> {
    assertIndex(index);
    if (sealed.length !== this.#place.chunkBytes + GCM_TAG_BYTES) throw new CryptoCoreError('vault-corrupt');
    try {
      return await aesGcmDecrypt(this.#place.aeadInput(index), sealed);
    } catch (cause) {
      throw new CryptoCoreError('vault-corrupt', { cause });
    }
  }
}

/** Key and associated data, the same for both. */
class Place {
  private constructor(
    readonly chunkBytes: number,
    private readonly key: CryptoKey,
    private readonly prefix: Uint8Array,
  ) {}

  static async create({ runKey, fileId, chunkBytes }: FileRun): Promise<Place> {
    const isRight =
      runKey.length === AES_KEY_BYTES &&
      fileId.length === VAULT_FILE_ID_BYTES &&
      Number.isInteger(chunkBytes) &&
      chunkBytes >= 1 &&
      chunkBytes <= VAULT_FILE_MAX_CHUNK_BYTES;
    if (!isRight) throw new CryptoCoreError('invalid-argument');
    return new Place(chunkBytes, await importAesKey(runKey), concat(LABEL, fileId, u32(chunkBytes)));
  }

  aeadInput(index: number): AeadInput {
    const position = u64(index);
    return {
      key: this.key,
      nonce: concat(NONCE_PREFIX, position),
      associatedData: concat(this.prefix, position),
    };
  }
}

function assertIndex(index: number): void {
  const isRight = Number.isInteger(index) && index >= 0 && index < MAX_CHUNK_INDEX;
  if (!isRight) throw new CryptoCoreError('invalid-argument');
}
