/**
 * A vault's life: made with its first slots, unlocked through one of them, and given further ones by who can open
 * one that it has. Bytes in, bytes out; where envelopes and records are kept is the caller's.
 *
 * Changing a password means a new slot and forgetting the old one. The DEK stays: whoever kept a former envelope and
 * its secret can still open what the vault holds. Only a new vault, into which the records are sealed anew, ends that.
 */
import { randomBytes } from '../bytes/random.ts';
import { wipe } from '../bytes/wipe.ts';
import { CryptoCoreError } from '../errors.ts';
import { ARGON2ID_DEFAULT, type Argon2idParameters, isAcceptableArgon2id } from './argon2id.ts';
import { decodeEnvelope, SLOT_ID_BYTES, VAULT_ID_BYTES, WRAP_SALT_BYTES } from './envelope.ts';
import type { EnvelopeHeader, SlotKind } from './envelope.ts';
import type { UnlockSecret } from './unlock-secret.ts';
import { VaultKeys } from './vault-keys.ts';
import { unwrapDek, unwrapDekBytes, wrapDek } from './wrap.ts';

const DEK_BYTES = 32;

/** A slot to be made. */
export interface NewSlot {
  readonly secret: UnlockSecret;
  /** Of a password slot; 64 MiB and three passes without it. */
  readonly argon2id?: Argon2idParameters;
}

/** An envelope with what opens it. */
export interface SlotKey {
  readonly envelope: Uint8Array;
  readonly secret: UnlockSecret;
}

/** What an envelope says about itself. It is authenticated only by unlocking. */
export interface SlotDescription {
  readonly kind: SlotKind;
  readonly vaultId: Uint8Array;
  readonly slotId: Uint8Array;
  /** Of a password slot: what opening it costs. */
  readonly argon2id?: Argon2idParameters;
}

/** A random id for a vault: 16 bytes, not secret. Passkeys need it before the vault is made. */
export function generateVaultId(): Uint8Array<ArrayBuffer> {
  return randomBytes(VAULT_ID_BYTES);
}

/** Makes a vault with a fresh DEK, and one envelope a slot, in order. Throws `invalid-argument` without slots. */
export async function createVault(
  vaultId: Uint8Array,
  slots: readonly NewSlot[],
): Promise<{ readonly keys: VaultKeys; readonly envelopes: readonly Uint8Array[] }> {
  const [first] = slots;
  if (first === undefined) throw new CryptoCoreError('invalid-argument');
  const dek = randomBytes(DEK_BYTES);
  try {
    const envelopes: Uint8Array[] = [];
    for (const slot of slots) envelopes.push(await makeSlot(vaultId, dek, slot));
    const usages: KeyUsage[] = ['deriveKey', 'deriveBits'];
    const root = await crypto.subtle.importKey('raw', dek, 'HKDF', false, usages);
    return { keys: new VaultKeys(vaultId, root), envelopes };
  } finally {
    wipe(dek);
  }
}

/**
 * Unlocks the vault of this id. Throws `unlock-failed` for a wrong secret, `vault-corrupt` for a damaged envelope or
 * one of another vault.
 */
export async function unlockVault(vaultId: Uint8Array, { envelope, secret }: SlotKey): Promise<VaultKeys> {
  return new VaultKeys(vaultId, await unwrapDek(envelope, vaultId, secret));
}

/** A further slot, for who opens one that the vault has. Throws as {@link unlockVault}. */
export async function addSlot(
  vaultId: Uint8Array,
  existing: SlotKey,
  slot: NewSlot,
): Promise<Uint8Array<ArrayBuffer>> {
  const dek = await unwrapDekBytes(existing.envelope, vaultId, existing.secret);
  try {
    return await makeSlot(vaultId, dek, slot);
  } finally {
    wipe(dek);
  }
}

/** How a slot is opened. Throws `vault-corrupt`. */
export function describeSlot(envelope: Uint8Array): SlotDescription {
  const { kind, vaultId, slotId, argon2id } = decodeEnvelope(envelope).header;
  const ids = { vaultId: vaultId.slice(), slotId: slotId.slice() };
  return argon2id === undefined ? { kind, ...ids } : { kind, ...ids, argon2id };
}

async function makeSlot(
  vaultId: Uint8Array,
  dek: Uint8Array,
  slot: NewSlot,
): Promise<Uint8Array<ArrayBuffer>> {
  const { kind } = slot.secret;
  if (vaultId.length !== VAULT_ID_BYTES || (kind !== 'password' && slot.argon2id !== undefined)) {
    throw new CryptoCoreError('invalid-argument');
  }
  const parameters = slot.argon2id ?? ARGON2ID_DEFAULT;
  if (!isAcceptableArgon2id(parameters)) throw new CryptoCoreError('invalid-argument');
  const header: EnvelopeHeader = {
    kind,
    vaultId,
    slotId: randomBytes(SLOT_ID_BYTES),
    salt: randomBytes(WRAP_SALT_BYTES),
    ...(kind === 'password' ? { argon2id: parameters } : {}),
  };
  return wrapDek(dek, header, slot.secret);
}
