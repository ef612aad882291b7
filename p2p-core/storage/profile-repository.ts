/** Single records: identity and name, privacy switches, auto-lock, transfers, chosen network, missed calls, the latest time that was seen, an import under way. */
import {
  type FileSettingsRecord,
  FileSettingsRecordSchema,
  type ImportRecord,
  ImportRecordSchema,
  type LockRecord,
  LockRecordSchema,
  type MissedCallsRecord,
  MissedCallsRecordSchema,
  type ProfileRecord,
  ProfileRecordSchema,
  type NetworkRecord,
  NetworkRecordSchema,
  type SettingsRecord,
  SeenTimeRecordSchema,
  SettingsRecordSchema,
  parseRecord,
} from './records.ts';
import type { Vault, WriteBatch } from './vault.ts';

export class ProfileRepository {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** The profile, or null at first start. */
  async load(): Promise<ProfileRecord | null> {
    const record = await this.#vault.get('profile', await this.#vault.name('profile', 'self'));
    return record === undefined ? null : parseRecord(ProfileRecordSchema, record);
  }

  async put(batch: WriteBatch, profile: ProfileRecord): Promise<void> {
    batch.put('profile', await this.#vault.name('profile', 'self'), profile);
  }

  /** The switches; all off when never set. */
  async loadSettings(): Promise<SettingsRecord> {
    const record = await this.#vault.get('settings', await this.#vault.name('settings', 'privacy'));
    if (record === undefined) return { sendTyping: false, sendReadReceipts: false };
    return parseRecord(SettingsRecordSchema, record);
  }

  async putSettings(batch: WriteBatch, settings: SettingsRecord): Promise<void> {
    batch.put('settings', await this.#vault.name('settings', 'privacy'), settings);
  }

  /** How own files are sent; through the whole cascade when never set. */
  async loadFileSettings(): Promise<FileSettingsRecord> {
    const record = await this.#vault.get('settings', await this.#vault.name('settings', 'files'));
    return record === undefined ? { isFast: false } : parseRecord(FileSettingsRecordSchema, record);
  }

  async putFileSettings(batch: WriteBatch, settings: FileSettingsRecord): Promise<void> {
    batch.put('settings', await this.#vault.name('settings', 'files'), settings);
  }

  /** When the vault locks by itself; null when never set. */
  async loadLock(): Promise<LockRecord | null> {
    const record = await this.#vault.get('settings', await this.#vault.name('settings', 'lock'));
    return record === undefined ? null : parseRecord(LockRecordSchema, record);
  }

  async putLock(batch: WriteBatch, lock: LockRecord): Promise<void> {
    batch.put('settings', await this.#vault.name('settings', 'lock'), lock);
  }

  /** The network that the person chose, credentials included; null when the host page's is in force. */
  async loadNetwork(): Promise<NetworkRecord | null> {
    const record = await this.#vault.get('settings', await this.#vault.name('settings', 'network'));
    return record === undefined ? null : parseRecord(NetworkRecordSchema, record);
  }

  async putNetwork(batch: WriteBatch, network: NetworkRecord | null): Promise<void> {
    const name = await this.#vault.name('settings', 'network');
    if (network === null) batch.delete('settings', name);
    else batch.put('settings', name, network);
  }

  async loadMissedCalls(): Promise<MissedCallsRecord> {
    const record = await this.#vault.get('settings', await this.#vault.name('settings', 'missed-calls'));
    return record === undefined ? [] : parseRecord(MissedCallsRecordSchema, record);
  }

  async putMissedCalls(batch: WriteBatch, calls: MissedCallsRecord): Promise<void> {
    const name = await this.#vault.name('settings', 'missed-calls');
    if (calls.length === 0) batch.delete('settings', name);
    else batch.put('settings', name, calls);
  }

  /** The latest time that was seen; 0 when none was noted. */
  async loadSeenMs(): Promise<number> {
    const record = await this.#vault.get('settings', await this.#vault.name('settings', 'seen-time'));
    return record === undefined ? 0 : parseRecord(SeenTimeRecordSchema, record).seenMs;
  }

  async putSeenMs(batch: WriteBatch, seenMs: number): Promise<void> {
    batch.put('settings', await this.#vault.name('settings', 'seen-time'), { seenMs });
  }

  /** Null when none is under way. */
  async loadImport(): Promise<ImportRecord | null> {
    const record = await this.#vault.get('settings', await this.#vault.name('settings', 'import'));
    return record === undefined ? null : parseRecord(ImportRecordSchema, record);
  }

  async putImport(batch: WriteBatch, record: ImportRecord | null): Promise<void> {
    const name = await this.#vault.name('settings', 'import');
    if (record === null) batch.delete('settings', name);
    else batch.put('settings', name, record);
  }
}
