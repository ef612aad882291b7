/** What a profile keeps about itself; its identity is made at first start. */
import { type IdentityKeys, generateIdentitySecrets, importIdentity } from '@enk/crypto-core';
import { P2pError } from '../errors.ts';
import type { NetworkSettings } from '../ports/transport.ts';
import { ProfileRepository } from '../storage/profile-repository.ts';
import type { ProfileRecord, SettingsRecord } from '../storage/records.ts';
import type { Vault } from '../storage/vault.ts';
import type { FileSettings } from './api.ts';

export interface LoadedProfile {
  readonly vault: Vault;
  readonly repository: ProfileRepository;
  readonly record: ProfileRecord;
  readonly settings: SettingsRecord;
  readonly fileSettings: FileSettings;
  readonly ownNetwork: NetworkSettings | null;
  readonly identity: IdentityKeys;
}

const PEER_ID_LENGTH = 32;
const BASE32 = 'abcdefghijklmnopqrstuvwxyz234567';

/** Throws P2pError `storage-…`. */
export async function loadProfile(vault: Vault, nowMs: number): Promise<LoadedProfile> {
  const repository = new ProfileRepository(vault);
  const record = (await repository.load()) ?? (await createProfile(vault, repository, nowMs));
  const identity = await importIdentity({
    ed25519Seed: new Uint8Array(record.ed25519Seed),
    x25519Secret: new Uint8Array(record.x25519Secret),
  });
  const settings = await repository.loadSettings();
  const fileSettings = await repository.loadFileSettings();
  return {
    vault,
    repository,
    record,
    settings,
    fileSettings,
    ownNetwork: await repository.loadNetwork(),
    identity,
  };
}

async function createProfile(
  vault: Vault,
  repository: ProfileRepository,
  nowMs: number,
): Promise<ProfileRecord> {
  // Contacts without an identity mean a damaged store, not a first run: a new identity would bury them.
  if ((await vault.all('contacts')).length > 0) throw new P2pError('storage-corrupt');
  const secrets = await generateIdentitySecrets();
  const record: ProfileRecord = {
    displayName: null,
    peerId: randomPeerId(),
    ed25519Seed: new Uint8Array(secrets.ed25519Seed),
    x25519Secret: new Uint8Array(secrets.x25519Secret),
    createdAtMs: nowMs,
  };
  await vault.update(batch => repository.put(batch, record));
  return record;
}

/** 160 random bits in base32: an address that nobody guesses. */
export function randomPeerId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(PEER_ID_LENGTH));
  return Array.from(bytes, byte => BASE32[byte & 31]).join('');
}
