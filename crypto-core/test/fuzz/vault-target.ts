/** The vault's openers: envelopes under each kind of secret, and records, damaged, moved and of another vault. */
import { generateDeviceKey } from '../../vault/unlock-secret.ts';
import type { UnlockSecret } from '../../vault/unlock-secret.ts';
import { createVault, unlockVault } from '../../vault/vault.ts';
import type { SlotKey } from '../../vault/vault.ts';
import type { RecordPlace, VaultKeys } from '../../vault/vault-keys.ts';
import { mutateBytes, sameBytes } from './mutate-bytes.ts';
import type { Mutated } from './mutate-bytes.ts';
import type { FuzzRandom } from './random.ts';
import { withSeededPlatform } from './seeded-platform.ts';
import { expectTyped, FuzzFailure } from './tally.ts';
import type { Verdict } from './tally.ts';

/** An unlocked vault with a slot of each kind that needs no Argon2id, and two records. */
export interface VaultWorld {
  readonly vaultId: Uint8Array;
  readonly slots: readonly SlotKey[];
  readonly keys: VaultKeys;
  readonly place: RecordPlace;
  readonly record: Uint8Array;
  /** Of the same vault, for another place; of another vault, for this place. */
  readonly otherRecord: Uint8Array;
  readonly foreignRecord: Uint8Array;
  /** Envelopes of another vault under the same secrets. */
  readonly foreignEnvelopes: readonly Uint8Array[];
}

const PLACES: readonly RecordPlace[] = [
  { store: 'messages', key: Uint8Array.of(1, 2, 3) },
  { store: 'messages', key: Uint8Array.of(1, 2) },
  { store: 'contacts', key: Uint8Array.of(1, 2, 3) },
  { store: '', key: new Uint8Array(0) },
];

/** The same world for the same seed. */
export function makeVaultWorld(random: FuzzRandom): Promise<VaultWorld> {
  return withSeededPlatform(random, async () => {
    const secrets: readonly UnlockSecret[] = [
      { kind: 'device', key: await generateDeviceKey() },
      { kind: 'passkey', prfOutput: random.bytes(32) },
      { kind: 'recovery-key', recoveryKey: random.bytes(16) },
    ];
    const [vaultId, foreignId] = [random.bytes(16), random.bytes(16)];
    const slots = secrets.map(secret => ({ secret }));
    const own = await createVault(vaultId, slots);
    const foreign = await createVault(foreignId, slots);
    const [place, otherPlace] = PLACES as readonly [RecordPlace, RecordPlace];
    const plaintext = random.bytes(200);
    const seal = (keys: VaultKeys, where: RecordPlace): Promise<Uint8Array> =>
      keys.sealRecord({ ...where, version: 7 }, plaintext);
    return {
      vaultId,
      slots: own.envelopes.map((envelope, i) => ({ envelope, secret: secrets[i] as UnlockSecret })),
      keys: own.keys,
      place,
      record: await seal(own.keys, place),
      otherRecord: await seal(own.keys, otherPlace),
      foreignRecord: await seal(foreign.keys, place),
      foreignEnvelopes: foreign.envelopes,
    };
  });
}

/** Names for {@link runVaultAttack}. */
export const VAULT_ATTACKS = ['vault envelope', 'vault record'] as const;
export type VaultAttack = (typeof VAULT_ATTACKS)[number];

/** One hostile envelope or record; throws a FuzzFailure unless it is refused. */
export async function runVaultAttack(
  name: VaultAttack,
  random: FuzzRandom,
  world: VaultWorld,
): Promise<Verdict> {
  const attack = name === 'vault envelope' ? attackEnvelope : attackRecord;
  const { mutation } = await attack(random, world);
  return { rejectedBy: name, reached: [name], mutation: `${name}: ${mutation}`, outcome: 'rejected' };
}

/** The vault still opens by each slot, and gives the record. */
export async function expectVaultUnchanged({
  vaultId,
  slots,
  keys,
  place,
  record,
}: VaultWorld): Promise<void> {
  const { plaintext } = await keys.openRecord(place, record);
  for (const slot of slots) {
    const again = await (await unlockVault(vaultId, slot)).openRecord(place, record);
    if (!sameBytes(again.plaintext, plaintext)) throw new FuzzFailure('vault: another record');
  }
}

async function attackEnvelope(random: FuzzRandom, world: VaultWorld): Promise<Mutated> {
  const { vaultId, slots, foreignEnvelopes } = world;
  const slot = random.pick(slots);
  const others = slots.filter(other => other !== slot).map(({ envelope }) => envelope);
  const hostile = mutateBytes(random, slot.envelope, [...others, ...foreignEnvelopes]);
  const { bytes: envelope, mutation } = hostile;
  await refused(mutation, envelope, unlockVault(vaultId, { envelope, secret: slot.secret }));
  return hostile;
}

async function attackRecord(random: FuzzRandom, world: VaultWorld): Promise<Mutated> {
  const { keys, place, record, otherRecord, foreignRecord } = world;
  const isMoved = random.chance(0.1);
  const where = isMoved ? random.pick(PLACES.slice(1)) : place;
  const hostile = isMoved
    ? { mutation: 'at another place', bytes: record }
    : mutateBytes(random, record, [otherRecord, foreignRecord]);
  await refused(hostile.mutation, hostile.bytes, keys.openRecord(where, hostile.bytes));
  return hostile;
}

async function refused(mutation: string, bytes: Uint8Array, action: Promise<unknown>): Promise<void> {
  const before = bytes.slice();
  try {
    await action;
  } catch (error) {
    expectTyped(error, ['vault-corrupt', 'unlock-failed'], bytes);
    if (!sameBytes(before, bytes)) throw new FuzzFailure(`vault: ${mutation}: input changed`, before);
    return;
  }
  throw new FuzzFailure(`vault: ${mutation}: opened`, bytes);
}
