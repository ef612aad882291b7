/**
 * The ways to open one profile's vault: its key file, and the tries at its lock. Lives as long as the database is
 * open, locked or not; holds wraps, never the DEK. P2P-STO-01, P2P-VLT-01 … P2P-VLT-05.
 *
 * Changes replace the whole key file: the next generation is written, then one transaction of the database makes it
 * the one in force, then the old one is deleted. The DEK stays, so nothing is encrypted anew; crypto-core needs a
 * secret that opens for each change, so a page that was left open is not enough to add another person's passkey.
 */
import {
  ARGON2ID_DEFAULT,
  type Argon2idParameters,
  CryptoCoreError,
  type NewSlot,
  type UnlockSecret,
  type VaultKeys,
  addSlot,
  createVault,
  describeSlot,
  generateDeviceKey,
  generateVaultId,
  passkeyPrfInput,
  unlockVault,
} from '@enk/crypto-core';
import type { IDBPDatabase } from 'idb';
import { P2pError } from '../errors.ts';
import { MAX_UNLOCK_METHODS } from '../limits.ts';
import { META, META_KEYS, openDatabase, updateMeta } from './database.ts';
import { eraseProfile } from './erase.ts';
import { type KeyFile, type KeySlot, deleteOtherKeyFiles, readKeyFile, writeKeyFile } from './key-file.ts';
import {
  type NewUnlockMethod,
  type UnlockAttempt,
  assertLongEnough,
  isSlotOf,
  isThrottled,
  toUnlockSecret,
} from './unlock-attempt.ts';
import {
  NO_TRIES,
  type UnlockTries,
  countTry,
  isUnlockTries,
  nextTryAtMs,
  settleTries,
} from './unlock-throttle.ts';

export interface KeyringOptions {
  /** This device's clock. */
  nowMs(): number;
  /** The database was closed from outside: its data cleared, or its disk gone. Nothing works from then on. */
  onLost?(): void;
  /** What new passcodes and passwords cost, and old ones are raised to; crypto-core's default. */
  readonly argon2id?: Argon2idParameters;
}

/** A slot that opened, with what opened it. */
interface Opened {
  readonly slot: KeySlot;
  readonly secret: UnlockSecret;
  readonly keys: VaultKeys;
}

export class Keyring {
  readonly db: IDBPDatabase;
  readonly profile: string;
  readonly #options: KeyringOptions;
  #generation: number;
  #file: KeyFile;
  #tries: UnlockTries;
  #lastExportAtMs: number | null;
  /** One change at a time. */
  #changes: Promise<unknown> = Promise.resolve();

  private constructor(
    db: IDBPDatabase,
    profile: string,
    options: KeyringOptions,
    state: {
      readonly generation: number;
      readonly file: KeyFile;
      readonly tries: UnlockTries;
      readonly lastExportAtMs: number | null;
    },
  ) {
    this.db = db;
    this.profile = profile;
    this.#options = options;
    this.#generation = state.generation;
    this.#file = state.file;
    this.#tries = state.tries;
    this.#lastExportAtMs = state.lastExportAtMs;
  }

  /**
   * Opens a profile's database and key file; makes both at first start, with a device slot. The caller holds the
   * profile's lock. Finishes an erasure that was cut short. Throws P2pError `storage-newer`, `storage-corrupt` (the key
   * file is gone or broken) or `storage-unavailable`.
   */
  static async open(profile: string, options: KeyringOptions): Promise<Keyring> {
    const open = (): Promise<IDBPDatabase> => openDatabase(profile, () => options.onLost?.());
    let db = await open();
    try {
      if ((await db.get(META, META_KEYS.erasing)) !== undefined) {
        db.close();
        await eraseProfile(profile);
        db = await open();
      }
      const generation = await ensureKeyFile(db, profile, options.nowMs());
      const file = await readKeyFile(profile, generation);
      await deleteOtherKeyFiles(profile, generation);
      const stored: unknown = await db.get(META, META_KEYS.tries);
      const tries = isUnlockTries(stored) ? settleTries(stored, options.nowMs()) : NO_TRIES;
      const exported: unknown = await db.get(META, META_KEYS.lastExport);
      const lastExportAtMs = typeof exported === 'number' ? exported : null;
      const keyring = new Keyring(db, profile, options, { generation, file, tries, lastExportAtMs });
      if (tries !== stored && stored !== undefined) await keyring.#storeTries(tries);
      return keyring;
    } catch (cause) {
      db.close();
      throw cause instanceof P2pError ? cause : new P2pError('storage-unavailable', { cause });
    }
  }

  /** Random, made with the vault: lower-case hex of 16 bytes. */
  get vaultId(): string {
    return Array.from(this.#file.vaultId, byte => byte.toString(16).padStart(2, '0')).join('');
  }

  get slots(): readonly KeySlot[] {
    return this.#file.slots;
  }

  /** Whether this device opens the vault without asking anybody. */
  get opensByItself(): boolean {
    return this.slots.some(({ method }) => method === 'device');
  }

  /** `eval.first` of the PRF extension for this vault's passkeys: 32 bytes. */
  get prfInput(): Uint8Array<ArrayBuffer> {
    return passkeyPrfInput(this.#file.vaultId);
  }

  /** When the next passcode, password or recovery key may be tried; null: now. */
  get nextTryAtMs(): number | null {
    return nextTryAtMs(this.#tries, this.#options.nowMs());
  }

  /** The keys, by this device's own slot; null when there is none. */
  async openByDevice(): Promise<VaultKeys | null> {
    const slot = this.slots.find(({ method }) => method === 'device');
    return slot === undefined ? null : (await this.#open(slot, secretOfDevice(slot))).keys;
  }

  /**
   * The keys, for an attempt. Throws P2pError `unlock-failed`, `unlock-throttled`, `unknown-unlock-method` or
   * `recovery-key-malformed`. A passcode or password whose Argon2id parameters have aged is wrapped anew.
   */
  unlock(attempt: UnlockAttempt): Promise<VaultKeys> {
    return this.#inTurn(async () => {
      const opened = await this.#try(attempt);
      await this.#raiseCost(opened);
      return opened.keys;
    });
  }

  /**
   * A further way to open, for who can open it now (`current`; null on a device that opens by itself). Every real
   * way takes the device slot away, unless it is the recovery key alone: from here on the vault locks. Throws as
   * `unlock`, and P2pError `unlock-method-exists`, `secret-too-short` or `too-many-unlock-methods`.
   */
  add(current: UnlockAttempt | null, method: NewUnlockMethod): Promise<void> {
    return this.#inTurn(async () => {
      const { kind } = method;
      if (kind !== 'passkey' && this.slots.some(slot => slot.method === kind)) {
        throw new P2pError('unlock-method-exists');
      }
      const slot = await this.#make(current, method);
      const kept =
        kind === 'recovery-key' ? this.slots : this.slots.filter(({ method: m }) => m !== 'device');
      await this.#replaceFile([...kept, slot]);
    });
  }

  /** Another secret for a way that there is; the old wrap is gone when it resolves. Throws as `add`. */
  replace(id: string, current: UnlockAttempt | null, method: NewUnlockMethod): Promise<void> {
    return this.#inTurn(async () => {
      const old = this.#find(id);
      if (old.method !== method.kind) throw new P2pError('bad-request');
      const slot = await this.#make(current, method);
      await this.#replaceFile(this.slots.map(kept => (kept === old ? slot : kept)));
    });
  }

  /**
   * Takes a way away, for who can open the vault now. Throws as `unlock`, and P2pError `last-unlock-method` when only a
   * recovery key, or nothing, would be left.
   */
  remove(id: string, current: UnlockAttempt | null): Promise<void> {
    return this.#inTurn(async () => {
      const old = this.#find(id);
      const kept = this.slots.filter(slot => slot !== old);
      if (!kept.some(({ method }) => method !== 'recovery-key')) throw new P2pError('last-unlock-method');
      await this.#authorize(current);
      await this.#replaceFile(kept);
    });
  }

  /** When everything was last exported; null: never. */
  get lastExportAtMs(): number | null {
    return this.#lastExportAtMs;
  }

  async noteExport(atMs: number): Promise<void> {
    await updateMeta(this.db, async tx => {
      await tx.objectStore(META).put(atMs, META_KEYS.lastExport);
    });
    this.#lastExportAtMs = atMs;
  }

  /** The id of a slot, as the page knows it: hex of its 16 bytes. */
  static idOf(slot: KeySlot): string {
    const { slotId } = describeSlot(slot.envelope);
    return Array.from(slotId, byte => byte.toString(16).padStart(2, '0')).join('');
  }

  /** Waits for the change under way and closes the database. */
  async close(): Promise<void> {
    await this.#changes;
    this.db.close();
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const run = this.#changes.then(work);
    this.#changes = run.catch(() => undefined); // the caller gets the error; the queue goes on
    return run;
  }

  #find(id: string): KeySlot {
    const slot = this.slots.find(candidate => Keyring.idOf(candidate) === id);
    if (slot === undefined) throw new P2pError('unknown-unlock-method');
    return slot;
  }

  /** A slot that the vault has, opened by what the person gives now, or by this device. */
  async #authorize(current: UnlockAttempt | null): Promise<Opened> {
    if (current !== null) return this.#try(current);
    const slot = this.slots.find(({ method }) => method === 'device');
    if (slot === undefined) throw new P2pError('unlock-failed');
    return this.#open(slot, secretOfDevice(slot));
  }

  async #try(attempt: UnlockAttempt): Promise<Opened> {
    const slots = this.slots.filter(slot => isSlotOf(slot, attempt));
    if (slots.length === 0) throw new P2pError('unknown-unlock-method');
    const secret = toUnlockSecret(attempt);
    if (isThrottled(attempt)) await this.#countTry();
    for (const slot of slots) {
      const opened = await this.#open(slot, secret).catch((error: unknown) => {
        if (error instanceof P2pError && error.code === 'unlock-failed') return null;
        throw error;
      });
      if (opened === null) continue;
      if (this.#tries.count > 0) await this.#storeTries(NO_TRIES);
      return opened;
    }
    // Its wait begins when a person learns of it: judging takes seconds on a slow device.
    if (isThrottled(attempt)) await this.#storeTries({ ...this.#tries, lastAtMs: this.#options.nowMs() });
    throw new P2pError('unlock-failed');
  }

  /** Before the try, and durable: a killed process has had it too. */
  async #countTry(): Promise<void> {
    const nowMs = this.#options.nowMs();
    const tries = settleTries(this.#tries, nowMs);
    if (nextTryAtMs(tries, nowMs) !== null) throw new P2pError('unlock-throttled');
    await this.#storeTries(countTry(tries, nowMs));
  }

  async #storeTries(tries: UnlockTries): Promise<void> {
    await updateMeta(this.db, async tx => {
      await tx.objectStore(META).put(tries, META_KEYS.tries);
    });
    this.#tries = tries;
  }

  async #open(slot: KeySlot, secret: UnlockSecret): Promise<Opened> {
    try {
      const keys = await unlockVault(this.#file.vaultId, { envelope: slot.envelope, secret });
      return { slot, secret, keys };
    } catch (cause) {
      throw fromCryptoCore(cause);
    }
  }

  async #make(current: UnlockAttempt | null, method: NewUnlockMethod): Promise<KeySlot> {
    assertLongEnough(method);
    if (this.slots.length >= MAX_UNLOCK_METHODS) throw new P2pError('too-many-unlock-methods');
    return this.#wrap(await this.#authorize(current), method);
  }

  async #wrap(opened: Opened, method: NewUnlockMethod): Promise<KeySlot> {
    const { kind } = method;
    const createdAtMs = this.#options.nowMs();
    if (kind === 'device') {
      const deviceKey = await generateDeviceKey();
      const envelope = await this.#addSlot(opened, { secret: { kind, key: deviceKey } });
      return { method: kind, envelope, createdAtMs, deviceKey };
    }
    const secret = toUnlockSecret(method);
    const isPassword = secret.kind === 'password';
    const envelope = await this.#addSlot(opened, isPassword ? { secret, argon2id: this.#cost } : { secret });
    if (kind !== 'passkey') return { method: kind, envelope, createdAtMs };
    return { method: kind, envelope, createdAtMs, credentialId: new Uint8Array(method.credentialId) };
  }

  async #addSlot({ slot, secret }: Opened, made: NewSlot): Promise<Uint8Array<ArrayBuffer>> {
    try {
      return await addSlot(this.#file.vaultId, { envelope: slot.envelope, secret }, made);
    } catch (cause) {
      throw fromCryptoCore(cause);
    }
  }

  get #cost(): Argon2idParameters {
    return this.#options.argon2id ?? ARGON2ID_DEFAULT;
  }

  async #raiseCost(opened: Opened): Promise<void> {
    const { slot, secret } = opened;
    const { argon2id } = describeSlot(slot.envelope);
    if (secret.kind !== 'password' || argon2id === undefined) return;
    if (workOf(argon2id) >= workOf(this.#cost)) return;
    const envelope = await this.#addSlot(opened, { secret, argon2id: this.#cost });
    await this.#replaceFile(this.slots.map(kept => (kept === slot ? { ...slot, envelope } : kept)));
  }

  async #replaceFile(slots: readonly KeySlot[]): Promise<void> {
    const [profile, generation] = [this.profile, this.#generation + 1];
    const file: KeyFile = { ...this.#file, slots };
    await writeKeyFile(profile, generation, file);
    await updateMeta(this.db, async tx => {
      const meta = tx.objectStore(META);
      if ((await meta.get(META_KEYS.generation)) !== this.#generation) throw new P2pError('storage-conflict');
      await meta.put(generation, META_KEYS.generation);
    });
    [this.#generation, this.#file] = [generation, file];
    await deleteOtherKeyFiles(profile, generation);
  }
}

/** The generation in force; makes the first one at first start, or when a store of schema 1 is opened. */
async function ensureKeyFile(db: IDBPDatabase, profile: string, nowMs: number): Promise<number> {
  const generation: unknown = await db.get(META, META_KEYS.generation);
  if (typeof generation === 'number') return generation;
  const revision: unknown = await db.get(META, META_KEYS.revision);
  const isSchema1 = (await db.get(META, META_KEYS.schema1Keys)) !== undefined;
  // Records without keys are a damaged store, not a first start.
  if (generation !== undefined || (revision !== undefined && !isSchema1))
    throw new P2pError('storage-corrupt');
  await writeKeyFile(profile, 1, await makeKeyFile(nowMs));
  await updateMeta(db, async tx => {
    const meta = tx.objectStore(META);
    await Promise.all([
      meta.put(1, META_KEYS.generation),
      ...(isSchema1 ? [] : [meta.put(0, META_KEYS.revision)]),
    ]);
  });
  return 1;
}

/** A fresh DEK, wrapped for this device. */
async function makeKeyFile(nowMs: number): Promise<KeyFile> {
  const vaultId = generateVaultId();
  const deviceKey = await generateDeviceKey();
  const { envelopes } = await createVault(vaultId, [{ secret: { kind: 'device', key: deviceKey } }]);
  const [envelope] = envelopes;
  if (envelope === undefined) throw new P2pError('internal');
  const slot = {
    method: 'device',
    envelope: new Uint8Array(envelope),
    createdAtMs: nowMs,
    deviceKey,
  } as const;
  return { vaultId, slots: [slot] };
}

function secretOfDevice({ deviceKey }: KeySlot): UnlockSecret {
  if (deviceKey === undefined) throw new P2pError('storage-corrupt');
  return { kind: 'device', key: deviceKey };
}

function workOf({ memoryKib, passes }: Argon2idParameters): number {
  return memoryKib * passes;
}

function fromCryptoCore(cause: unknown): P2pError {
  const code = cause instanceof CryptoCoreError ? cause.code : 'internal';
  if (code === 'unlock-failed') return new P2pError('unlock-failed', { cause });
  if (code === 'vault-corrupt') return new P2pError('storage-corrupt', { cause });
  return new P2pError(code === 'invalid-argument' ? 'bad-request' : 'internal', { cause });
}
