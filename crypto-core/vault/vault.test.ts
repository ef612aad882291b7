/** Slots of a vault: each way to unlock it, and everything that is none. */
import { expect } from '@esm-bundle/chai';
import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat } from '../bytes/concat.ts';
import { encodeHex } from '../bytes/hex.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { damagedForms, expectCode, flip } from '../test/support/rejections.ts';
import { CryptoCoreError } from '../errors.ts';
import { argon2idSoftware } from './argon2id-software.ts';
import { argon2idWasm } from './argon2id-wasm.ts';
import type { Argon2id, Argon2idInput } from './argon2id.ts';
import { decodeEnvelope } from './envelope.ts';
import { generateRecoveryKey } from './recovery-key.ts';
import { generateDeviceKey, passkeyPrfInput, type UnlockSecret } from './unlock-secret.ts';
import { addSlot, createVault, describeSlot, generateVaultId, unlockVault } from './vault.ts';
import type { NewSlot } from './vault.ts';
import type { VaultKeys } from './vault-keys.ts';
import { wrapDek } from './wrap.ts';

const LEAST = { memoryKib: 19_456, passes: 2, lanes: 1 };
const PLACE = { store: 'contacts', key: utf8('key') };
const PASSWORD_PARAMETERS_START = 70;

function passwordSecret(password: string, argon2id: Argon2id = argon2idWasm): UnlockSecret {
  return { kind: 'password', password, argon2id };
}

function recoverySecret(recoveryKey: Uint8Array = generateRecoveryKey()): UnlockSecret {
  return { kind: 'recovery-key', recoveryKey };
}

/** A vault with one slot, and a record that only its DEK opens. */
async function makeVault(
  slot: NewSlot,
): Promise<{ vaultId: Uint8Array; envelope: Uint8Array; record: Uint8Array }> {
  const vaultId = generateVaultId();
  const { keys, envelopes } = await createVault(vaultId, [slot]);
  const record = await keys.sealRecord({ ...PLACE, version: 1 }, utf8('content'));
  return { vaultId, envelope: envelopes[0] as Uint8Array, record };
}

async function expectOpens(keys: VaultKeys, record: Uint8Array): Promise<void> {
  const { plaintext } = await keys.openRecord(PLACE, record);
  expect(new TextDecoder().decode(plaintext)).to.equal('content');
}

/** Unlocking ends with one of the two codes of the vault. */
async function expectLocked(action: () => Promise<unknown>): Promise<string> {
  try {
    await action();
  } catch (error) {
    if (!(error instanceof CryptoCoreError)) throw error;
    expect(error.code).to.be.oneOf(['unlock-failed', 'vault-corrupt']);
    return error.code;
  }
  return expect.fail('it unlocked');
}

describe('vault slots', () => {
  it('CC-VLT-01: every kind of slot opens the same DEK, and no other secret does', async function () {
    this.timeout(60_000);
    const prfOutput = randomBytes(32);
    const recoveryKey = generateRecoveryKey();
    const key = await generateDeviceKey();
    const secrets: readonly UnlockSecret[] = [
      { kind: 'device', key },
      { kind: 'passkey', prfOutput },
      passwordSecret('correct horse'),
      recoverySecret(recoveryKey),
    ];
    const wrong: readonly UnlockSecret[] = [
      { kind: 'device', key: await generateDeviceKey() },
      { kind: 'passkey', prfOutput: flip(prfOutput, 31) },
      passwordSecret('correct hors'),
      recoverySecret(flip(recoveryKey, 0)),
    ];
    const vaultId = generateVaultId();
    const slots = secrets.map(secret =>
      secret.kind === 'password' ? { secret, argon2id: LEAST } : { secret },
    );
    const { keys, envelopes } = await createVault(vaultId, slots);
    const record = await keys.sealRecord({ ...PLACE, version: 1 }, utf8('content'));
    for (const [i, envelope] of envelopes.entries()) {
      expect(envelope).to.have.length(i === 2 ? 156 : 150);
      expect(describeSlot(envelope)).to.deep.include({ kind: secrets[i]?.kind, vaultId });
      const secret = secrets[i] as UnlockSecret;
      await expectOpens(await unlockVault(vaultId, { envelope, secret }), record);
      for (const other of [...wrong, ...secrets.filter(known => known !== secret)]) {
        await expectCode('unlock-failed', () => unlockVault(vaultId, { envelope, secret: other }));
      }
    }
  });

  it('CC-VLT-01: the envelope is what SPEC.md says, opened by other code', async () => {
    const [dek, recoveryKey, vaultId] = [randomBytes(32), generateRecoveryKey(), generateVaultId()];
    const [slotId, salt] = [randomBytes(16), randomBytes(32)];
    const header = { kind: 'recovery-key', vaultId, slotId, salt } as const;
    const envelope = await wrapDek(dek, header, recoverySecret(recoveryKey));
    const bytes = concat(utf8('ENKV'), Uint8Array.of(1, 3), vaultId, slotId, salt);
    const headerHash = sha256(bytes).slice();
    const derive = (label: string): Uint8Array =>
      hkdf(sha256, recoveryKey, salt, concat(utf8(label), new Uint8Array(1), headerHash), 32);
    const commitment = derive('enk/v1 vault commitment');
    expect(encodeHex(envelope.subarray(0, 102))).to.equal(encodeHex(concat(bytes, commitment)));
    const cipher = gcm(derive('enk/v1 vault wrap'), new Uint8Array(12), concat(bytes, commitment));
    expect(encodeHex(cipher.decrypt(envelope.subarray(102)))).to.equal(encodeHex(dek));
  });

  it('CC-VLT-02: nothing truncated, extended or flipped unlocks, and the unchanged envelope still does', async () => {
    const secret = recoverySecret();
    const { vaultId, envelope, record } = await makeVault({ secret });
    const codes = new Set<string>();
    for (const damaged of damagedForms(envelope)) {
      codes.add(await expectLocked(() => unlockVault(vaultId, { envelope: damaged, secret })));
    }
    expect([...codes].sort()).to.deep.equal(['unlock-failed', 'vault-corrupt']);
    await expectOpens(await unlockVault(vaultId, { envelope, secret }), record);
  });

  it('CC-VLT-02: tells a wrong secret from damaged data', async () => {
    const secret = recoverySecret();
    const { vaultId, envelope } = await makeVault({ secret });
    const dekByte = flip(envelope, envelope.length - 20);
    await expectCode('vault-corrupt', () => unlockVault(vaultId, { envelope: dekByte, secret }));
    await expectCode('vault-corrupt', () => addSlot(vaultId, { envelope: dekByte, secret }, { secret }));
    await expectCode('unlock-failed', () => unlockVault(vaultId, { envelope, secret: recoverySecret() }));
  });

  it('CC-VLT-03: the wrap commits to its secret: a swapped commitment or ciphertext opens nothing', async () => {
    const [secret, other] = [recoverySecret(), recoverySecret()];
    const vaultId = generateVaultId();
    const { envelopes } = await createVault(vaultId, [{ secret }, { secret: other }]);
    const [mine, theirs] = envelopes as [Uint8Array, Uint8Array];
    const commitmentStart = mine.length - 80;
    const crossed = [
      concat(mine.subarray(0, commitmentStart), theirs.subarray(commitmentStart)),
      concat(mine.subarray(0, mine.length - 48), theirs.subarray(mine.length - 48)),
      concat(theirs.subarray(0, commitmentStart), mine.subarray(commitmentStart)),
    ];
    for (const envelope of crossed) {
      for (const candidate of [secret, other]) {
        await expectLocked(() => unlockVault(vaultId, { envelope, secret: candidate }));
      }
    }
  });

  it('CC-VLT-02: an envelope of another vault is refused, also under the right secret', async () => {
    const secret = recoverySecret();
    const [mine, other] = [await makeVault({ secret }), await makeVault({ secret })];
    await expectCode('vault-corrupt', () => unlockVault(mine.vaultId, { envelope: other.envelope, secret }));
    const relabelled = other.envelope.slice();
    relabelled.set(mine.vaultId, 6);
    await expectCode('unlock-failed', () => unlockVault(mine.vaultId, { envelope: relabelled, secret }));
  });

  it('CC-VLT-02: a slot cannot be taken for one of another kind', async () => {
    const bytes = randomBytes(32);
    const { vaultId, envelope } = await makeVault({ secret: { kind: 'passkey', prfOutput: bytes } });
    const relabelled = envelope.slice();
    relabelled[5] = 0; // passkey → device, a key of the same bytes
    const key = await crypto.subtle.importKey('raw', bytes, 'HKDF', false, ['deriveKey', 'deriveBits']);
    await expectCode('unlock-failed', () =>
      unlockVault(vaultId, { envelope: relabelled, secret: { kind: 'device', key } }),
    );
    relabelled[5] = 2; // → password: six bytes too short
    await expectCode('vault-corrupt', () =>
      unlockVault(vaultId, { envelope: relabelled, secret: passwordSecret('x') }),
    );
  });

  it('CC-VLT-04: parameters out of bounds are refused before any work, changed ones unlock nothing', async function () {
    this.timeout(60_000);
    const runs: Argon2idInput[] = [];
    const counted: Argon2id = input => {
      runs.push({ ...input, password: input.password.slice() });
      return argon2idWasm(input);
    };
    const { vaultId, envelope } = await makeVault({ secret: passwordSecret('pw', counted), argon2id: LEAST });
    runs.length = 0;
    const withParameters = (memoryKib: number, passes: number, lanes: number): Uint8Array => {
      const changed = envelope.slice();
      new DataView(changed.buffer).setUint32(PASSWORD_PARAMETERS_START, memoryKib);
      changed.set([passes, lanes], PASSWORD_PARAMETERS_START + 4);
      return changed;
    };
    const unlock = (changed: Uint8Array): Promise<VaultKeys> =>
      unlockVault(vaultId, { envelope: changed, secret: passwordSecret('pw', counted) });
    for (const [memoryKib, passes, lanes] of [
      [4 * 1024 * 1024, 2, 1],
      [0xffff_ffff, 255, 255],
      [262_144, 16, 1],
      [8, 1, 1],
      [19_455, 2, 1],
      [19_456, 1, 1],
      [65_536, 0, 1],
      [65_536, 3, 0],
    ] as const) {
      await expectCode('vault-corrupt', () => unlock(withParameters(memoryKib, passes, lanes)));
    }
    expect(runs).to.have.length(0);
    for (const [memoryKib, passes, lanes] of [
      [19_457, 2, 1],
      [19_456, 3, 1],
      [19_456, 2, 2],
    ] as const) {
      await expectCode('unlock-failed', () => unlock(withParameters(memoryKib, passes, lanes)));
    }
    expect(runs.map(({ memoryKib }) => memoryKib)).to.deep.equal([19_457, 19_456, 19_456]);
    await unlock(envelope);
  });

  it('CC-VLT-05: what one implementation wrapped, the other opens; 64 MiB and three passes by default', async function () {
    this.timeout(60_000);
    const { vaultId, envelope, record } = await makeVault({ secret: passwordSecret('Am\u00e9lie') });
    const header = decodeEnvelope(envelope).header;
    expect(header.argon2id).to.deep.equal({ memoryKib: 65_536, passes: 3, lanes: 1 });
    const secret = passwordSecret('Ame\u0301lie', argon2idSoftware);
    await expectOpens(await unlockVault(vaultId, { envelope, secret }), record);
  });

  it('CC-VLT-06: the password’s bytes are wiped, also when Argon2id fails', async () => {
    let seen: Uint8Array = new Uint8Array(0);
    const failing: Argon2id = async input => {
      seen = input.password;
      throw new Error('out of memory');
    };
    const slot = { secret: passwordSecret('pw', failing), argon2id: LEAST };
    await expectCode('internal', () => createVault(generateVaultId(), [slot]));
    expect(encodeHex(seen)).to.equal('0000');
    const short: Argon2id = async () => new Uint8Array(16);
    const shortSlot = { secret: passwordSecret('pw', short), argon2id: LEAST };
    await expectCode('internal', () => createVault(generateVaultId(), [shortSlot]));
  });

  it('CC-VLT-01: a slot is added by who opens one; the new one opens the same DEK', async () => {
    const [secret, added] = [recoverySecret(), recoverySecret()];
    const { vaultId, envelope, record } = await makeVault({ secret });
    const further = await addSlot(vaultId, { envelope, secret }, { secret: added });
    await expectOpens(await unlockVault(vaultId, { envelope: further, secret: added }), record);
    await expectCode('unlock-failed', () => addSlot(vaultId, { envelope, secret: added }, { secret: added }));
    await expectCode('vault-corrupt', () =>
      addSlot(generateVaultId(), { envelope, secret }, { secret: added }),
    );
  });

  it('CC-VLT-01: two wraps of one DEK for one secret have nothing in common', async () => {
    const secret = recoverySecret();
    const vaultId = generateVaultId();
    const { envelopes } = await createVault(vaultId, [{ secret }, { secret }]);
    const [first, second] = envelopes.map(decodeEnvelope);
    for (const part of ['commitment', 'wrapped'] as const) {
      expect(encodeHex(first?.[part] as Uint8Array)).not.to.equal(encodeHex(second?.[part] as Uint8Array));
    }
    expect(encodeHex(first?.header.salt as Uint8Array)).not.to.equal(
      encodeHex(second?.header.salt as Uint8Array),
    );
  });

  it('CC-VLT-01: refuses a vault without slots, weak parameters, and secrets that are none', async () => {
    const vaultId = generateVaultId();
    const key = await crypto.subtle.importKey('raw', randomBytes(32), 'AES-GCM', false, ['encrypt']);
    const bad: readonly NewSlot[][] = [
      [],
      [{ secret: { kind: 'passkey', prfOutput: randomBytes(31) } }],
      [{ secret: recoverySecret(randomBytes(15)) }],
      [{ secret: { kind: 'device', key } }],
      [{ secret: passwordSecret('') }],
      [{ secret: passwordSecret('pw'), argon2id: { memoryKib: 8, passes: 1, lanes: 1 } }],
      [{ secret: recoverySecret(), argon2id: LEAST }],
    ];
    for (const slots of bad) await expectCode('invalid-argument', () => createVault(vaultId, slots));
    await expectCode('invalid-argument', () => createVault(randomBytes(15), [{ secret: recoverySecret() }]));
  });

  it('CC-VLT-10: a device key cannot be exported; a passkey’s PRF input is the vault’s own', async () => {
    const key = await generateDeviceKey();
    expect(key.extractable).to.equal(false);
    const vaultId = generateVaultId();
    expect(encodeHex(passkeyPrfInput(vaultId))).to.equal(
      encodeHex(sha256(concat(utf8('enk/v1 vault prf'), new Uint8Array(1), vaultId))),
    );
  });
});
