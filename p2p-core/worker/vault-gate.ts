/**
 * A profile behind its lock: locked, with the ways to open it, or open. Made under the profile's lock among tabs;
 * everything that opens, locks or changes the ways runs one after the other.
 *
 *   open() ──device key──▶ open ◀──unlock()── locked
 *             else ▶ locked      lock(), idle, hidden, sleep ▶
 *                  erase() from either ▶ erased
 */
import { type VaultKeys, encodeRecoveryKey, generateRecoveryKey } from '@enk/crypto-core';
import { P2pError, storageFailure, toP2pError } from '../errors.ts';
import { AUTO_LOCK_DEFAULT_MS } from '../limits.ts';
import type { NetworkSettings } from '../ports/transport.ts';
import { eraseProfile } from '../storage/erase.ts';
import { openFileFolder } from '../storage/files/opfs.ts';
import { Keyring } from '../storage/keyring.ts';
import { ProfileRepository } from '../storage/profile-repository.ts';
import { Vault } from '../storage/vault.ts';
import type { LockSettings, NewUnlockMethod, ProfileView, UnlockAttempt, VaultView } from './api.ts';
import { AutoLock } from './auto-lock.ts';
import { OpenProfile, type ProfileDependencies } from './open-profile.ts';
import { unlockMethodViews } from './views.ts';

const DEFAULT_LOCK: LockSettings = { idleMs: AUTO_LOCK_DEFAULT_MS, hiddenMs: null, onSleep: true };

export type GateDependencies = Omit<ProfileDependencies, 'openFolder'>;

export class VaultGate {
  readonly #name: string;
  readonly #dependencies: GateDependencies;
  #network: NetworkSettings;
  /** Null once erased or closed. While a profile is open it is its vault's. */
  #keyring: Keyring | null = null;
  #profile: OpenProfile | null = null;
  #lockSettings = DEFAULT_LOCK;
  #autoLock: AutoLock | null = null;
  #turns: Promise<unknown> = Promise.resolve();

  private constructor(name: string, network: NetworkSettings, dependencies: GateDependencies) {
    this.#name = name;
    this.#network = network;
    this.#dependencies = dependencies;
  }

  /** Opens the profile where this device does so by itself, else shows the lock. Throws P2pError `storage-…`. */
  static async open(
    name: string,
    network: NetworkSettings,
    dependencies: GateDependencies,
  ): Promise<VaultGate> {
    const gate = new VaultGate(name, network, dependencies);
    await gate.#inTurn(() => gate.#start());
    return gate;
  }

  /** The open profile; null while locked. */
  get profile(): OpenProfile | null {
    return this.#profile;
  }

  get view(): VaultView {
    const keyring = this.#opened();
    const { slots, prfInput, opensByItself, lastExportAtMs } = keyring;
    return {
      methods: unlockMethodViews(slots),
      prfInput,
      canLock: !opensByItself,
      lock: this.#lockSettings,
      lastExportAtMs,
    };
  }

  setHostNetwork(network: NetworkSettings): void {
    this.#network = network;
    this.#profile?.setHostNetwork(network);
  }

  /** Throws P2pError `unlock-failed`, `unlock-throttled` and the like; the lock then shows when to try again. */
  unlock(attempt: UnlockAttempt): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#profile !== null) return; // another tab was faster
      const keyring = this.#unerased();
      let keys: VaultKeys;
      try {
        keys = await keyring.unlock(attempt);
      } catch (error) {
        this.#announceLocked();
        throw error;
      }
      await this.#open(keyring, keys);
    });
  }

  /** Ends every session and forgets every key. Throws P2pError `nothing-locks` where the device would open again. */
  lock(): Promise<void> {
    return this.#inTurn(async () => {
      if (this.#opened().opensByItself) throw new P2pError('nothing-locks');
      await this.#shut();
      this.#keyring = await this.#openKeyring();
      this.#announceLocked();
    });
  }

  addMethod(current: UnlockAttempt | null, method: NewUnlockMethod): Promise<void> {
    return this.#change(keyring => keyring.add(current, method));
  }

  replaceMethod(id: string, current: UnlockAttempt | null, method: NewUnlockMethod): Promise<void> {
    return this.#change(keyring => keyring.replace(id, current, method));
  }

  removeMethod(id: string, current: UnlockAttempt | null): Promise<void> {
    return this.#change(keyring => keyring.remove(id, current));
  }

  /** A fresh recovery key as text. It opens nothing until `addMethod` takes it. */
  proposeRecoveryKey(): string {
    this.#opened();
    const key = generateRecoveryKey();
    try {
      return encodeRecoveryKey(key);
    } finally {
      key.fill(0);
    }
  }

  async setLockSettings(lock: LockSettings): Promise<void> {
    this.#opened();
    const { vault } = this.#profile ?? {};
    if (vault === undefined) throw new P2pError('not-open');
    const { idleMs, hiddenMs, onSleep } = lock;
    const settings = { idleMs, hiddenMs, onSleep };
    await vault.update(async batch => {
      await new ProfileRepository(vault).putLock(batch, settings);
      batch.onCommit(() => {
        this.#lockSettings = settings;
        this.#autoLock?.set(settings);
      });
    });
    this.#announceVault();
  }

  noteActivity(): void {
    this.#autoLock?.noteActivity();
  }

  noteHidden(): void {
    this.#autoLock?.noteHidden();
  }

  /** Everything, from either side of the lock: keys first. Resolves when nothing is left. */
  erase(): Promise<void> {
    return this.#inTurn(async () => {
      await this.#shut();
      await eraseProfile(this.#name);
      this.#announce({ kind: 'erased' });
    });
  }

  close(): Promise<void> {
    return this.#inTurn(() => this.#shut());
  }

  #inTurn<R>(work: () => Promise<R>): Promise<R> {
    const run = this.#turns.then(work);
    this.#turns = run.catch(() => undefined); // the caller gets the error; the queue goes on
    return run;
  }

  #openKeyring(): Promise<Keyring> {
    return Keyring.open(this.#name, {
      nowMs: () => this.#dependencies.clock.nowMs(),
      onLost: () => void this.#inTurn(() => this.#lost()),
    });
  }

  async #start(): Promise<void> {
    const keyring = await this.#openKeyring();
    let keys: VaultKeys | null;
    try {
      keys = await keyring.openByDevice();
    } catch (error) {
      await keyring.close();
      throw error;
    }
    if (keys !== null) return this.#open(keyring, keys);
    this.#keyring = keyring;
    this.#announceLocked();
  }

  async #open(keyring: Keyring, keys: VaultKeys): Promise<void> {
    this.#keyring = keyring;
    try {
      const vault = await Vault.unlocked(keyring, keys, this.#dependencies);
      this.#lockSettings = (await new ProfileRepository(vault).loadLock()) ?? DEFAULT_LOCK;
      const openFolder = (): Promise<FileSystemDirectoryHandle> => openFileFolder(this.#name);
      this.#profile = await OpenProfile.open(vault, this.#network, {
        ...this.#dependencies,
        openFolder,
        exported: () => this.#announceVault(),
        moved: () => this.#autoLock?.noteActivity(),
      });
    } catch (error) {
      keys.lock();
      this.#keyring = null;
      await keyring.close();
      this.#announce({ kind: 'failed', code: storageFailure(error) });
      throw error;
    }
    this.#rearm();
    this.#announceVault();
  }

  /** Closes whatever is open. */
  async #shut(): Promise<void> {
    const [profile, keyring] = [this.#profile, this.#keyring];
    this.#profile = this.#keyring = null;
    this.#autoLock?.close();
    this.#autoLock = null;
    if (profile !== null) await profile.close();
    else await keyring?.close();
  }

  /** The store went away under the open or locked profile: nothing of it is kept up, and the page is told. */
  async #lost(): Promise<void> {
    if (this.#keyring === null) return; // closed or erased meanwhile
    const shut = this.#shut();
    this.#announce({ kind: 'failed', code: 'storage-lost' });
    await shut.catch(() => undefined); // what it would still store has no place any more
  }

  #change(work: (keyring: Keyring) => Promise<void>): Promise<void> {
    return this.#inTurn(async () => {
      await work(this.#opened());
      this.#rearm();
      this.#announceVault();
    });
  }

  /** Nothing locks by itself what would open by itself. */
  #rearm(): void {
    this.#autoLock?.close();
    this.#autoLock = null;
    if (this.#profile === null || this.#keyring?.opensByItself !== false) return;
    const lock = (): void => {
      this.lock().catch((error: unknown) => this.#cannotLock(error));
    };
    this.#autoLock = new AutoLock(this.#dependencies.clock, this.#lockSettings, lock);
  }

  /** A store that does not close is no reason to stay open: the page is told, and every further request fails. */
  #cannotLock(error: unknown): void {
    const { code } = toP2pError(error);
    if (code === 'not-open' || code === 'nothing-locks') return; // locked or changed meanwhile
    this.#announce({ kind: 'failed', code: storageFailure(error) });
  }

  /** Throws P2pError `not-open` while locked. */
  #opened(): Keyring {
    if (this.#profile === null) throw new P2pError('not-open');
    return this.#unerased();
  }

  #unerased(): Keyring {
    if (this.#keyring === null) throw new P2pError('not-open');
    return this.#keyring;
  }

  #announceLocked(): void {
    if (this.#keyring === null) return;
    const { slots, prfInput, nextTryAtMs, lastExportAtMs } = this.#keyring;
    const methods = unlockMethodViews(slots);
    this.#announce({ kind: 'locked', methods, prfInput, retryAtMs: nextTryAtMs, lastExportAtMs });
  }

  #announceVault(): void {
    this.#dependencies.emit({ type: 'vault', vault: this.view });
  }

  #announce(profile: ProfileView): void {
    this.#dependencies.emit({ type: 'profile', profile });
  }
}
