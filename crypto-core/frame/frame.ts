/**
 * Frames: the only byte strings that may enter a data channel (SPEC.md CC-FRAME).
 *
 *     hello     version(1) ‖ kind(0) ‖ JSON
 *     others    version(1) ‖ kind(1 handshake, 2 payload, 3 fast bulk) ‖ gen u8 ‖ ctr u64 ‖ ciphertext
 *
 * The brands are made here and nowhere else: a transport that takes a `WireFrame` cannot be handed
 * plaintext. This module checks form and size, before any cryptography; it knows no keys.
 */
import { concat } from '../bytes/concat.ts';
import { readU64, u64 } from '../bytes/integers.ts';
import { CryptoCoreError } from '../errors.ts';

/** An AEAD-sealed frame, ready for the wire. */
export type SealedFrame = Uint8Array & { readonly __brand: 'SealedFrame' };
/** The one cleartext frame each side sends. */
export type HelloFrame = Uint8Array & { readonly __brand: 'HelloFrame' };
/** Everything that a transport may send. */
export type WireFrame = SealedFrame | HelloFrame;

export const FRAME_VERSION = 1;
export const FRAME_KIND_HELLO = 0;
export const FRAME_KIND_HANDSHAKE = 1;
export const FRAME_KIND_PAYLOAD = 2;
/** On a bulk channel only; refused everywhere else. */
export const FRAME_KIND_FAST_BULK = 3;
/** Frame kinds that carry ciphertext. */
export type SealedFrameKind =
  typeof FRAME_KIND_HANDSHAKE | typeof FRAME_KIND_PAYLOAD | typeof FRAME_KIND_FAST_BULK;

/** version ‖ kind ‖ gen ‖ ctr. */
export const FRAME_HEADER_BYTES = 11;
const HELLO_HEADER_BYTES = 2;
/** AES-GCM's tag: no sealed frame is shorter than header + tag. */
const TAG_BYTES = 16;

/** Largest frame of any kind: the smallest `maxMessageSize` that browsers announce (256 KiB). */
export const MAX_FRAME_BYTES = 262_144;
/** Largest hello: work before authentication stays small (DESIGN.md §4). */
export const MAX_HELLO_BYTES = 4_096;
/** Largest handshake frame: a Welcome with its tree and two key packages fit four times. */
export const MAX_HANDSHAKE_FRAME_BYTES = 32_768;

/** The authenticated head of a sealed frame. `gen` is 0 … 255, `ctr` 0 … 2^53−1. */
export interface FrameHeader {
  readonly kind: SealedFrameKind;
  readonly gen: number;
  readonly ctr: number;
}

/** A parsed frame that carries ciphertext. All byte fields are views into the input. */
export interface ParsedSealedFrame {
  readonly kind: 'sealed';
  readonly header: FrameHeader;
  /** The 11 header bytes: the AEAD's associated data. */
  readonly headerBytes: Uint8Array;
  readonly ciphertext: Uint8Array;
}

/** A parsed frame of a session's channel. All byte fields are views into the input. */
export type ParsedFrame = { readonly kind: 'hello'; readonly json: Uint8Array } | ParsedSealedFrame;

/** The 11 header bytes of a sealed frame; they are the AEAD's associated data. */
export function encodeFrameHeader(header: FrameHeader): Uint8Array<ArrayBuffer> {
  if (!Number.isInteger(header.gen) || header.gen < 0 || header.gen > 255) {
    throw new CryptoCoreError('invalid-argument');
  }
  return concat(new Uint8Array([FRAME_VERSION, header.kind, header.gen]), u64(header.ctr));
}

/** Header ‖ ciphertext. Throws `invalid-argument` above the limit of its kind. */
export function encodeSealedFrame(headerBytes: Uint8Array, ciphertext: Uint8Array): SealedFrame {
  const frame = concat(headerBytes, ciphertext);
  const limit = headerBytes[1] === FRAME_KIND_HANDSHAKE ? MAX_HANDSHAKE_FRAME_BYTES : MAX_FRAME_BYTES;
  if (headerBytes.length !== FRAME_HEADER_BYTES || ciphertext.length < TAG_BYTES || frame.length > limit) {
    throw new CryptoCoreError('invalid-argument');
  }
  return frame as Uint8Array as SealedFrame;
}

/** `bytes` as the sealed payload frame that a pipeline made; throws `invalid-argument` when it is not one. */
export function asSealedFrame(bytes: Uint8Array): SealedFrame {
  const frame = decodeFrame(bytes);
  if (frame.kind !== 'sealed' || frame.header.kind !== FRAME_KIND_PAYLOAD) {
    throw new CryptoCoreError('invalid-argument');
  }
  return bytes as SealedFrame;
}

/** The cleartext hello. Throws `invalid-argument` above 4 KiB. */
export function encodeHelloFrame(json: Uint8Array): HelloFrame {
  const frame = concat(new Uint8Array([FRAME_VERSION, FRAME_KIND_HELLO]), json);
  if (frame.length > MAX_HELLO_BYTES) throw new CryptoCoreError('invalid-argument');
  return frame as Uint8Array as HelloFrame;
}

/** Parses a frame of a hostile peer; throws `protocol-error` on any wrong version, kind or size. */
export function decodeFrame(bytes: Uint8Array): ParsedFrame {
  if (bytes.length < HELLO_HEADER_BYTES || bytes.length > MAX_FRAME_BYTES) fail();
  if (bytes[0] !== FRAME_VERSION) fail();
  const kind = bytes[1];
  if (kind === FRAME_KIND_HELLO) {
    if (bytes.length > MAX_HELLO_BYTES) fail();
    return { kind: 'hello', json: bytes.subarray(HELLO_HEADER_BYTES) };
  }
  if (kind !== FRAME_KIND_HANDSHAKE && kind !== FRAME_KIND_PAYLOAD) return fail();
  if (kind === FRAME_KIND_HANDSHAKE && bytes.length > MAX_HANDSHAKE_FRAME_BYTES) fail();
  return decodeSealed(kind, bytes);
}

/** Parses a frame of a bulk channel, where no other kind passes; throws `protocol-error`. */
export function decodeFastBulkFrame(bytes: Uint8Array): ParsedSealedFrame {
  if (bytes.length > MAX_FRAME_BYTES || bytes[0] !== FRAME_VERSION || bytes[1] !== FRAME_KIND_FAST_BULK) {
    return fail();
  }
  return decodeSealed(FRAME_KIND_FAST_BULK, bytes);
}

/** Whether `bytes` claims to be a chunk of fast bulk: for who takes frames of several kinds off one channel. */
export function isFastBulkFrame(bytes: Uint8Array): boolean {
  return bytes[0] === FRAME_VERSION && bytes[1] === FRAME_KIND_FAST_BULK;
}

function decodeSealed(kind: SealedFrameKind, bytes: Uint8Array): ParsedSealedFrame {
  if (bytes.length < FRAME_HEADER_BYTES + TAG_BYTES) fail();
  return {
    kind: 'sealed',
    header: { kind, gen: bytes[2] as number, ctr: decodeCounter(bytes) },
    headerBytes: bytes.subarray(0, FRAME_HEADER_BYTES),
    ciphertext: bytes.subarray(FRAME_HEADER_BYTES),
  };
}

function decodeCounter(bytes: Uint8Array): number {
  try {
    return readU64(bytes, 3);
  } catch (cause) {
    throw new CryptoCoreError('protocol-error', { cause });
  }
}

function fail(): never {
  throw new CryptoCoreError('protocol-error');
}
