/**
 * Argon2id (RFC 9106) as the vault uses it: parameters with hard bounds, and passwords as bytes.
 *
 * The implementation is the caller's argument: `argon2id-wasm.ts` is four times faster, and needs a worker whose CSP
 * allows WebAssembly; `argon2id-software.ts` runs everywhere. Neither is exported by index.ts, so that a page which
 * asks for no password loads neither.
 */
import { utf8 } from '../bytes/utf8.ts';
import { CryptoCoreError } from '../errors.ts';

/** Cost of one derivation. */
export interface Argon2idParameters {
  /** m: 19,456 (19 MiB) … 262,144 (256 MiB). */
  readonly memoryKib: number;
  /** t: 2 … 16. */
  readonly passes: number;
  /** p: 1 … 4. */
  readonly lanes: number;
}

/** Input of an implementation. */
export interface Argon2idInput extends Argon2idParameters {
  /** The implementation may not change or keep it. */
  readonly password: Uint8Array;
  /** At least 8 bytes. */
  readonly salt: Uint8Array;
  readonly lengthBytes: number;
}

/** Version 0x13, without secret and associated data. The result is the caller's to wipe. */
export type Argon2id = (input: Argon2idInput) => Promise<Uint8Array>;

/** 64 MiB, three passes: RFC 9106 §4's second recommendation with one lane, since wasm has one thread. */
export const ARGON2ID_DEFAULT: Argon2idParameters = { memoryKib: 65_536, passes: 3, lanes: 1 };

/**
 * Least and most. Below 19 MiB × 2 (OWASP's floor) guessing gets cheap: whoever could write weaker parameters into a
 * vault would wait for the next password to be set. Above, a hostile file could demand gigabytes or minutes.
 */
const LIMITS = {
  memoryKib: { least: 19_456, most: 262_144 },
  passes: { least: 2, most: 16 },
  lanes: { least: 1, most: 4 },
} as const;

/** Memory times passes: 1 GiB in all, about 1.5 s in WebAssembly and 5 s in software. */
const WORK_MAX_KIB = 1_048_576;

const PASSWORD_MAX_BYTES = 1_024;

/** Whether all parameters are whole numbers within the bounds. */
export function isAcceptableArgon2id(parameters: Argon2idParameters): boolean {
  const { memoryKib, passes } = parameters;
  const isWithin = (name: keyof typeof LIMITS): boolean => {
    const value = parameters[name];
    return Number.isInteger(value) && value >= LIMITS[name].least && value <= LIMITS[name].most;
  };
  return (
    isWithin('memoryKib') && isWithin('passes') && isWithin('lanes') && memoryKib * passes <= WORK_MAX_KIB
  );
}

/**
 * NFKC, then UTF-8: the same password typed on another keyboard has the same bytes. Nothing is trimmed or folded.
 * Throws `invalid-argument` when it is empty or above 1,024 bytes. The caller wipes the result.
 */
export function encodePassword(password: string): Uint8Array<ArrayBuffer> {
  const bytes = utf8(password.normalize('NFKC'));
  if (bytes.length === 0 || bytes.length > PASSWORD_MAX_BYTES) throw new CryptoCoreError('invalid-argument');
  return bytes;
}
