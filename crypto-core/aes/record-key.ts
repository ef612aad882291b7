/**
 * Keys of one direction of one generation of the record layer (SPEC.md CC-AES).
 *
 *     k, iv = L(aes_g, "key A→B", TH1), first 12 bytes of L(aes_g, "iv A→B", TH1)
 *     nonce = iv xor counter (u64, right-aligned)
 *     k' = L(k, "step", "") after each 1,024 frames
 *
 * The working key is a non-extractable CryptoKey; of the raw bytes only the *next* key is kept, from
 * which no earlier one follows.
 */
import { deriveKey } from '../bytes/kdf.ts';
import { wipe } from '../bytes/wipe.ts';
import { GCM_NONCE_BYTES, importAesKey } from '../primitives/aes-gcm.ts';

/** Frames under one key before the hash step. */
export const FRAMES_PER_STEP = 1_024;

const EMPTY = new Uint8Array(0);

/** A direction before frame `counter`. */
export interface RecordKey {
  readonly generation: number;
  readonly counter: number;
  readonly key: CryptoKey;
  /** 12 bytes. */
  readonly iv: Uint8Array;
  /** L(k, "step", ""), 32 bytes. */
  readonly nextKey: Uint8Array;
}

/** Keys of direction `direction` from `root` (not wiped). */
export async function createRecordKey(input: {
  readonly root: Uint8Array;
  readonly direction: 'A→B' | 'B→A';
  readonly th1: Uint8Array;
  readonly generation: number;
}): Promise<RecordKey> {
  const raw = deriveKey(input.root, `key ${input.direction}`, input.th1);
  const material = deriveKey(input.root, `iv ${input.direction}`, input.th1);
  const iv = material.slice(0, GCM_NONCE_BYTES);
  wipe(material);
  return { generation: input.generation, counter: 0, iv, ...(await importStep(raw)) };
}

/** The key after one frame, with the hash step when it is due, and what is obsolete by it. */
export async function advanceRecordKey(
  record: RecordKey,
): Promise<{ readonly next: RecordKey; readonly consumed: readonly Uint8Array[] }> {
  const counter = record.counter + 1;
  if (counter % FRAMES_PER_STEP !== 0) return { next: { ...record, counter }, consumed: [] };
  const step = await importStep(record.nextKey.slice());
  return { next: { ...record, counter, ...step }, consumed: [record.nextKey] };
}

/** The 12-byte nonce of the frame at `record.counter`. */
export function recordNonce(record: RecordKey): Uint8Array {
  const nonce = record.iv.slice();
  let rest = record.counter;
  for (let i = GCM_NONCE_BYTES - 1; rest > 0; i--) {
    nonce[i] = (nonce[i] as number) ^ (rest & 0xff);
    rest = Math.floor(rest / 256);
  }
  return nonce;
}

/** Wipes `raw`. */
async function importStep(raw: Uint8Array): Promise<Pick<RecordKey, 'key' | 'nextKey'>> {
  const nextKey = deriveKey(raw, 'step', EMPTY);
  const key = await importAesKey(raw);
  wipe(raw);
  return { key, nextKey };
}
