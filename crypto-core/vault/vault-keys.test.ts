/** Records at rest: where they belong, and what does not open. */
import { expect } from '@esm-bundle/chai';
import { gcm } from '@noble/ciphers/aes.js';
import { hkdf } from '@noble/hashes/hkdf.js';
import { sha256 } from '@noble/hashes/sha2.js';
import { concat, lp } from '../bytes/concat.ts';
import { encodeHex } from '../bytes/hex.ts';
import { u32 } from '../bytes/integers.ts';
import { randomBytes } from '../bytes/random.ts';
import { utf8 } from '../bytes/utf8.ts';
import { damagedForms, expectCode } from '../test/support/rejections.ts';
import { VAULT_RECORD_MAX_BYTES, VAULT_RECORD_OVERHEAD_BYTES, VaultKeys } from './vault-keys.ts';

const PLACE = { store: 'messages', key: utf8('record key'), version: 7 };

async function makeKeys(dek = randomBytes(32), vaultId = randomBytes(16)): Promise<VaultKeys> {
  const usages: KeyUsage[] = ['deriveKey', 'deriveBits'];
  return new VaultKeys(vaultId, await crypto.subtle.importKey('raw', dek, 'HKDF', false, usages));
}

describe('vault records', () => {
  it('CC-VLT-08: a record opens at its place, with its version, at every size', async () => {
    const keys = await makeKeys();
    for (const size of [0, 1, 100, 65_536]) {
      const plaintext = randomBytes(size);
      const record = await keys.sealRecord(PLACE, plaintext);
      expect(record).to.have.length(size + VAULT_RECORD_OVERHEAD_BYTES);
      expect(await keys.openRecord(PLACE, record)).to.deep.equal({ version: 7, plaintext });
    }
  });

  it('CC-VLT-08: the bytes are what SPEC.md says, opened by other code', async () => {
    const [dek, vaultId] = [randomBytes(32), randomBytes(16)];
    const record = await (await makeKeys(dek, vaultId)).sealRecord(PLACE, utf8('content'));
    expect(encodeHex(record.subarray(0, 5))).to.equal('0100000007');
    const place = concat(
      utf8('enk/v1 vault record'),
      new Uint8Array(1),
      vaultId,
      lp(utf8(PLACE.store)),
      lp(PLACE.key),
      u32(7),
    );
    const key = hkdf(sha256, dek, record.subarray(5, 37), sha256(place), 32);
    const plaintext = gcm(key, new Uint8Array(12), place).decrypt(record.subarray(37));
    expect(new TextDecoder().decode(plaintext)).to.equal('content');
  });

  it('CC-VLT-08: nothing truncated, extended or flipped opens, the version included', async () => {
    const keys = await makeKeys();
    const record = await keys.sealRecord(PLACE, utf8('content'));
    for (const damaged of damagedForms(record)) {
      await expectCode('vault-corrupt', () => keys.openRecord(PLACE, damaged));
    }
    await keys.openRecord(PLACE, record);
  });

  it('CC-VLT-08: a record does not open at another key, store or vault, however they are split', async () => {
    const [dek, vaultId] = [randomBytes(32), randomBytes(16)];
    const keys = await makeKeys(dek, vaultId);
    const record = await keys.sealRecord({ store: 'ab', key: utf8('cd'), version: 1 }, utf8('content'));
    for (const place of [
      { store: 'ab', key: utf8('ce') },
      { store: 'aB', key: utf8('cd') },
      { store: 'abc', key: utf8('d') },
      { store: 'a', key: utf8('bcd') },
      { store: '', key: utf8('abcd') },
      { store: 'abcd', key: utf8('') },
    ]) {
      await expectCode('vault-corrupt', () => keys.openRecord(place, record));
    }
    const place = { store: 'ab', key: utf8('cd') };
    const otherVault = await makeKeys(dek, randomBytes(16));
    const otherDek = await makeKeys(randomBytes(32), vaultId);
    await expectCode('vault-corrupt', () => otherVault.openRecord(place, record));
    await expectCode('vault-corrupt', () => otherDek.openRecord(place, record));
    expect((await keys.openRecord(place, record)).version).to.equal(1);
  });

  it('CC-VLT-09: the same write twice shares no key: what a crash or a restored backup repeats is harmless', async () => {
    const keys = await makeKeys();
    const plaintext = new Uint8Array(64);
    const records = await Promise.all(Array.from({ length: 50 }, () => keys.sealRecord(PLACE, plaintext)));
    const parts = (start: number, end?: number): Set<string> =>
      new Set(records.map(record => encodeHex(record.slice(start, end))));
    expect(parts(5, 37).size, 'salts').to.equal(50);
    expect(parts(37).size, 'ciphertexts').to.equal(50);
  });

  it('CC-VLT-08: refuses records and versions out of bounds', async () => {
    const keys = await makeKeys();
    const tooLong = new Uint8Array(VAULT_RECORD_MAX_BYTES + 1);
    await expectCode('invalid-argument', () => keys.sealRecord(PLACE, tooLong));
    const record = new Uint8Array(VAULT_RECORD_MAX_BYTES + 1 + VAULT_RECORD_OVERHEAD_BYTES);
    record[0] = 1;
    await expectCode('vault-corrupt', () => keys.openRecord(PLACE, record));
    for (const version of [-1, 1.5, 2 ** 32, Number.NaN]) {
      await expectCode('invalid-argument', () => keys.sealRecord({ ...PLACE, version }, utf8('x')));
    }
  });

  it('CC-VLT-10: keys that come out are not extractable, and names tell vaults apart', async () => {
    const dek = randomBytes(32);
    const names = await Promise.all(
      [randomBytes(16), randomBytes(16)].map(async vaultId => {
        const key = await (await makeKeys(dek, vaultId)).deriveNamingKey();
        expect(key.extractable).to.equal(false);
        return encodeHex(new Uint8Array(await crypto.subtle.sign('HMAC', key, utf8('contacts'))));
      }),
    );
    expect(names[0]).not.to.equal(names[1]);
    expect(structuredClone({ ...(await makeKeys(dek)) })).to.deep.equal({});
  });

  it('CC-VLT-10: a locked vault seals, opens and names nothing', async () => {
    const keys = await makeKeys();
    const record = await keys.sealRecord(PLACE, utf8('content'));
    keys.lock();
    await expectCode('session-closed', () => keys.sealRecord(PLACE, utf8('x')));
    await expectCode('session-closed', () => keys.openRecord(PLACE, record));
    await expectCode('session-closed', () => keys.deriveNamingKey());
  });

  it('CC-VLT-10: what is being opened or sealed while the vault is locked does not come out', async () => {
    const keys = await makeKeys();
    const record = await keys.sealRecord(PLACE, utf8('content'));
    const [opening, sealing] = [keys.openRecord(PLACE, record), keys.sealRecord(PLACE, utf8('more'))];
    keys.lock();
    await expectCode('session-closed', () => opening);
    await expectCode('session-closed', () => sealing);
  });
});
