/**
 * The key file: every wrap of a profile's DEK, in a small database of its own, `enk:<profile>:keys:<generation>`.
 * A change of the ways to open the vault writes a whole new generation, makes the store point at it in one
 * transaction (keyring.ts), and deletes the old one: a crash at any step leaves one file in force. Why a database and
 * not a record:
 * engines keep what a record held in their logs for as long as they like; a deleted database makes Chromium compact its
 * files, best effort (measured, decision 0016). A removed device key or wrap should not lie about. P2P-STO-01.
 */
import { deleteDB, openDB } from 'idb';
import { P2pError } from '../errors.ts';
import { MAX_UNLOCK_METHODS } from '../limits.ts';
import { committed } from './database.ts';

/** What a way to open is called to the person. Passcode and password differ in words and length alone. */
export type UnlockMethodKind = 'device' | 'passkey' | 'passcode' | 'password' | 'recovery-key';

/** One wrap of the DEK. Readable without a secret, so it says nothing but how it is opened, and when it was made. */
export interface KeySlot {
  readonly method: UnlockMethodKind;
  /** crypto-core's envelope. */
  readonly envelope: Uint8Array<ArrayBuffer>;
  readonly createdAtMs: number;
  /** Of `device`: a non-extractable HKDF key. */
  readonly deviceKey?: CryptoKey;
  /** Of `passkey`: which credential to ask for. */
  readonly credentialId?: Uint8Array<ArrayBuffer>;
}

export interface KeyFile {
  /** 16 bytes, not secret. */
  readonly vaultId: Uint8Array<ArrayBuffer>;
  readonly slots: readonly KeySlot[];
}

const STORE = 'file';
const VERSION = 1;
const KINDS: readonly unknown[] = ['device', 'passkey', 'passcode', 'password', 'recovery-key'];

const prefixOf = (profile: string): string => `enk:${profile}:keys:`;
const nameOf = (profile: string, generation: number): string => `${prefixOf(profile)}${generation}`;

/** Writes one generation; durable when it resolves. What a crashed attempt left there is replaced. */
export async function writeKeyFile(profile: string, generation: number, file: KeyFile): Promise<void> {
  await withFile(profile, generation, async db => {
    const tx = db.transaction(STORE, 'readwrite', { durability: 'strict' });
    await committed(tx, () => [tx.store.put(file, STORE)]);
  });
}

/** Reads one generation. Throws P2pError `storage-corrupt` when it is not there or not whole. */
export async function readKeyFile(profile: string, generation: number): Promise<KeyFile> {
  return withFile(profile, generation, async db => {
    const file: unknown = await db.get(STORE, STORE);
    if (!isKeyFile(file)) throw new P2pError('storage-corrupt');
    return file;
  });
}

/** Deletes every generation but the one in force; null: all of them. Resolves when their bytes are gone. */
export async function deleteOtherKeyFiles(profile: string, generation: number | null): Promise<void> {
  const current = generation === null ? null : nameOf(profile, generation);
  const names = (await indexedDB.databases()).map(({ name = '' }) => name);
  const strays = names.filter(name => name.startsWith(prefixOf(profile)) && name !== current);
  for (const name of strays) await deleteDB(name);
}

async function withFile<R>(
  profile: string,
  generation: number,
  use: (db: Awaited<ReturnType<typeof openDB>>) => Promise<R>,
): Promise<R> {
  const db = await openDB(nameOf(profile, generation), VERSION, {
    upgrade: fresh => void fresh.createObjectStore(STORE),
  });
  try {
    return await use(db);
  } finally {
    db.close();
  }
}

function isKeyFile(value: unknown): value is KeyFile {
  if (typeof value !== 'object' || value === null) return false;
  const { vaultId, slots } = value as Partial<Record<keyof KeyFile, unknown>>;
  const isWhole = vaultId instanceof Uint8Array && vaultId.length === 16 && Array.isArray(slots);
  return isWhole && slots.length > 0 && slots.length <= MAX_UNLOCK_METHODS && slots.every(isKeySlot);
}

function isKeySlot(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  const { method, envelope, createdAtMs, deviceKey, credentialId } = value as Record<string, unknown>;
  if (!KINDS.includes(method) || !(envelope instanceof Uint8Array) || typeof createdAtMs !== 'number')
    return false;
  if ((method === 'device') !== isDeviceKey(deviceKey)) return false;
  return (method === 'passkey') === credentialId instanceof Uint8Array;
}

function isDeviceKey(value: unknown): boolean {
  return value instanceof CryptoKey && value.algorithm.name === 'HKDF' && !value.extractable;
}
