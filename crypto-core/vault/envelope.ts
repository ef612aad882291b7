/**
 * The bytes of one unlock slot: the vault's DEK, wrapped for one secret.
 *
 *     envelope   = header ‖ commitment (32) ‖ wrapped DEK (32) ‖ tag (16)
 *     header     = "ENKV" ‖ version u8 = 1 ‖ kind u8 ‖ vault id (16) ‖ slot id (16) ‖ salt (32) ‖ parameters
 *     parameters = kind 2: memory KiB u32 ‖ passes u8 ‖ lanes u8         others: none
 *
 * 150 bytes, or 156. There is one encoding; parameters outside the bounds of `argon2id.ts` are refused before any
 * work is done with them.
 */
import { concat } from '../bytes/concat.ts';
import { constantTimeEqual } from '../bytes/equal.ts';
import { readU32, u32 } from '../bytes/integers.ts';
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';
import { type Argon2idParameters, isAcceptableArgon2id } from './argon2id.ts';

/** How a slot is opened. `device`: a key that this browser keeps and does not export. */
export type SlotKind = 'device' | 'passkey' | 'password' | 'recovery-key';

export const VAULT_ID_BYTES = 16;
export const SLOT_ID_BYTES = 16;
export const WRAP_SALT_BYTES = 32;
export const COMMITMENT_BYTES = 32;
/** DEK and tag. */
export const WRAPPED_BYTES = 32 + 16;

const MAGIC = utf8('ENKV');
const VERSION = 1;
const KINDS: readonly SlotKind[] = ['device', 'passkey', 'password', 'recovery-key'];
const FIXED_BYTES = MAGIC.length + 2 + VAULT_ID_BYTES + SLOT_ID_BYTES + WRAP_SALT_BYTES;
const PARAMETER_BYTES = 6;

/** What is bound by the wrap, and readable without its secret. */
export interface EnvelopeHeader {
  readonly kind: SlotKind;
  /** 16 bytes. */
  readonly vaultId: Uint8Array;
  /** 16 bytes, random for each slot. */
  readonly slotId: Uint8Array;
  /** 32 bytes, fresh for each wrap. */
  readonly salt: Uint8Array;
  /** Of a password slot, and of no other. */
  readonly argon2id?: Argon2idParameters;
}

/** A parsed envelope. The byte strings are views. */
export interface Envelope {
  readonly header: EnvelopeHeader;
  /** The exact bytes of the header. */
  readonly headerBytes: Uint8Array;
  readonly commitment: Uint8Array;
  /** wrapped DEK ‖ tag: 48 bytes. */
  readonly wrapped: Uint8Array;
}

/** The header's bytes: 70 or 76. */
export function encodeEnvelopeHeader(header: EnvelopeHeader): Uint8Array<ArrayBuffer> {
  const { kind, vaultId, slotId, salt, argon2id } = header;
  const tags = Uint8Array.of(VERSION, KINDS.indexOf(kind));
  const parameters =
    argon2id === undefined
      ? new Uint8Array(0)
      : concat(u32(argon2id.memoryKib), Uint8Array.of(argon2id.passes, argon2id.lanes));
  return concat(MAGIC, tags, vaultId, slotId, salt, parameters);
}

/** Throws `vault-corrupt` for anything but an envelope of this version with acceptable parameters. */
export function decodeEnvelope(bytes: Uint8Array): Envelope {
  const kind = readKind(bytes);
  const headerSize = FIXED_BYTES + (kind === 'password' ? PARAMETER_BYTES : 0);
  if (bytes.length !== headerSize + COMMITMENT_BYTES + WRAPPED_BYTES)
    throw new CryptoCoreError('vault-corrupt');
  const take = taker(bytes, MAGIC.length + 2);
  const ids = { vaultId: take(VAULT_ID_BYTES), slotId: take(SLOT_ID_BYTES), salt: take(WRAP_SALT_BYTES) };
  const header: EnvelopeHeader =
    kind === 'password'
      ? { kind, ...ids, argon2id: readParameters(take(PARAMETER_BYTES)) }
      : { kind, ...ids };
  return {
    header,
    headerBytes: bytes.subarray(0, headerSize),
    commitment: take(COMMITMENT_BYTES),
    wrapped: take(WRAPPED_BYTES),
  };
}

function readKind(bytes: Uint8Array): SlotKind {
  const kind = KINDS[bytes[MAGIC.length + 1] ?? KINDS.length];
  const isKnown =
    constantTimeEqual(bytes.subarray(0, MAGIC.length), MAGIC) && bytes[MAGIC.length] === VERSION;
  if (!isKnown || kind === undefined) throw new CryptoCoreError('vault-corrupt');
  return kind;
}

function readParameters(bytes: Uint8Array): Argon2idParameters {
  const parameters = { memoryKib: readU32(bytes, 0), passes: bytes[4] ?? 0, lanes: bytes[5] ?? 0 };
  if (!isAcceptableArgon2id(parameters)) throw new CryptoCoreError('vault-corrupt');
  return parameters;
}

/** Takes the next bytes of `bytes` as views, from `start` on. */
function taker(bytes: Uint8Array, start: number): (size: number) => Uint8Array {
  let offset = start;
  return size => bytes.subarray(offset, (offset += size));
}
