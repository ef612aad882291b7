/**
 * The library's two messages, parsed strictly before it sees them. SPEC.md CC-ENG-05.
 *
 *     WhisperMessage        0x33 ‖ 0A 21 ratchet key (33) ‖ 10 counter ‖ 18 previous counter ‖ 22 length ciphertext ‖ MAC (8)
 *     PreKeyWhisperMessage  0x33 ‖ 28 01 ‖ 08 00 ‖ 30 01 ‖ 12 21 base key (33) ‖ 1A 21 identity key (33) ‖ 22 length message
 *
 * One encoding of each: the fields above in this order, shortest varints, nothing else. The library itself takes other
 * version bytes (which its MAC does not cover), unknown and repeated fields, and keys without their type byte.
 */
import { CryptoCoreError, isAcceptableX25519Key } from '@enk/crypto-core/engine-kit';

const VERSION = 0x33;
const KEY_TYPE = 0x05;
const KEY_BYTES = 33;
const MAC_BYTES = 8;
const CBC_BLOCK_BYTES = 16;

/** The header of a WhisperMessage. */
export interface WhisperHeader {
  /** 33 bytes: 0x05 and the X25519 key. */
  readonly ratchetKey: Uint8Array;
  /** Index in the chain, from 0. */
  readonly counter: number;
  /** Last index of the sender's previous chain. */
  readonly previousCounter: number;
}

/** A PreKeyWhisperMessage. Keys are X25519 keys of 32 bytes. */
export interface PrekeyMessage {
  readonly baseKey: Uint8Array;
  readonly identityKey: Uint8Array;
}

/** An X25519 key (32 bytes) in the library's form. */
export function typedKey(key: Uint8Array): Uint8Array<ArrayBuffer> {
  const typed = new Uint8Array(KEY_BYTES);
  typed[0] = KEY_TYPE;
  typed.set(key, 1);
  return typed;
}

/** Parses a WhisperMessage. Throws `protocol-error`. */
export function parseWhisperMessage(bytes: Uint8Array): WhisperHeader {
  const reader = new Reader(bytes);
  reader.expect(VERSION);
  reader.expect(0x0a, KEY_BYTES);
  const ratchetKey = reader.key();
  reader.expect(0x10);
  const counter = reader.varint();
  reader.expect(0x18);
  const previousCounter = reader.varint();
  reader.expect(0x22);
  const ciphertext = reader.take(reader.varint());
  if (ciphertext.length === 0 || ciphertext.length % CBC_BLOCK_BYTES !== 0) throw refusal();
  reader.take(MAC_BYTES);
  reader.end();
  return { ratchetKey, counter, previousCounter };
}

/** Parses a PreKeyWhisperMessage with the first message of a chain inside. Throws `protocol-error`. */
export function parsePrekeyMessage(bytes: Uint8Array): PrekeyMessage {
  const reader = new Reader(bytes);
  reader.expect(VERSION);
  reader.expect(0x28, 1); // registration id: the same for everyone, it names nothing here
  reader.expect(0x08, 0); // no one-time prekey
  reader.expect(0x30, 1); // the signed prekey of this handshake
  reader.expect(0x12, KEY_BYTES);
  const baseKey = reader.key();
  reader.expect(0x1a, KEY_BYTES);
  const identityKey = reader.key();
  reader.expect(0x22);
  const first = parseWhisperMessage(reader.take(reader.varint()));
  reader.end();
  if (first.counter !== 0 || first.previousCounter !== 0) throw refusal();
  return { baseKey: baseKey.subarray(1), identityKey: identityKey.subarray(1) };
}

function refusal(): CryptoCoreError {
  return new CryptoCoreError('protocol-error');
}

class Reader {
  #offset = 0;

  constructor(private readonly bytes: Uint8Array) {}

  take(length: number): Uint8Array {
    if (length > this.bytes.length - this.#offset) throw refusal();
    return this.bytes.subarray(this.#offset, (this.#offset += length));
  }

  expect(...bytes: readonly number[]): void {
    for (const byte of bytes) if (this.take(1)[0] !== byte) throw refusal();
  }

  /** A key with its type byte: canonical, not of small order. */
  key(): Uint8Array {
    const key = this.take(KEY_BYTES);
    if (key[0] !== KEY_TYPE || !isAcceptableX25519Key(key.subarray(1))) throw refusal();
    return key;
  }

  /** A 32-bit varint in its shortest form. */
  varint(): number {
    let value = 0;
    for (let shift = 0; shift < 35; shift += 7) {
      const byte = this.take(1)[0] as number;
      value += (byte & 0x7f) * 2 ** shift;
      if (byte >= 0x80) continue;
      const isShortest = shift === 0 || byte !== 0;
      if (!isShortest || value > 0xffff_ffff) throw refusal();
      return value;
    }
    throw refusal();
  }

  end(): void {
    if (this.#offset !== this.bytes.length) throw refusal();
  }
}
