/** What the vault keeps of a transfer: one sealed record each, found by contact, direction and id. P2P-TRF-08. */
import * as v from 'valibot';
import { isP2pErrorCode, type P2pErrorCode } from '../errors.ts';
import type { RecordName } from '../storage/record-name.ts';
import { parseRecord } from '../storage/records.ts';
import type { Vault, WriteBatch } from '../storage/vault.ts';
import type { Direction } from './transfer-machine.ts';

const count = v.pipe(v.number(), v.safeInteger(), v.minValue(0));

const TransferRecordSchema = v.strictObject({
  /** base64url of 16 random bytes that the sender drew. */
  id: v.string(),
  contactId: v.string(),
  direction: v.picklist(['out', 'in']),
  state: v.picklist(['offered', 'running', 'paused', 'done', 'refused', 'cancelled', 'failed']),
  /** In: as the sender claims it. */
  name: v.string(),
  mediaType: v.string(),
  sizeBytes: count,
  chunkBytes: v.pipe(count, v.minValue(1)),
  caption: v.string(),
  entries: v.nullable(v.array(v.strictObject({ path: v.string(), sizeBytes: count, mediaType: v.string() }))),
  /** Out: what is sent; null when it is not in the vault. In: what arrives; null before the first chunk. */
  fileId: v.nullable(v.string()),
  /** Fast mode: 32 bytes. */
  fastKey: v.nullable(v.instance(Uint8Array)),
  createdAtMs: v.number(),
  /** Why it failed, or why this side paused by itself. */
  failure: v.nullable(
    v.pipe(
      v.string(),
      v.transform((code): P2pErrorCode => (isP2pErrorCode(code) ? code : 'internal')),
    ),
  ),
});
export type TransferRecord = Readonly<v.InferOutput<typeof TransferRecordSchema>>;

export type TransferKey = Pick<TransferRecord, 'contactId' | 'direction' | 'id'>;

/** One text for a transfer, for maps and the page. Ids of the two directions are drawn by two people. */
export function keyOf({ contactId, direction, id }: TransferKey): string {
  return `${contactId} ${direction} ${id}`;
}

export function contactIdOf(key: string): string {
  return key.slice(0, key.indexOf(' '));
}

export function directionOf(key: string): Direction {
  return key.includes(' out ') ? 'out' : 'in';
}

export class TransferRepository {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  async all(): Promise<TransferRecord[]> {
    const records = await this.#vault.all('transfers');
    return records.map(({ record }) => parseRecord(TransferRecordSchema, record));
  }

  /** Stores or, with null, deletes; resolves when it is durable. */
  set(key: string, record: TransferRecord | null): Promise<void> {
    return this.#vault.update(batch => this.put(batch, key, record));
  }

  async put(batch: WriteBatch, key: string, record: TransferRecord | null): Promise<void> {
    const name: RecordName = await this.#vault.name('transfers', key);
    if (record === null) batch.delete('transfers', name);
    else batch.put('transfers', name, record);
  }
}
