import { addSlot, describeSlot, encodeRecoveryKey, generateRecoveryKey } from '@enk/crypto-core';
import { argon2idSoftware } from '@enk/crypto-core/argon2id';
import { expect } from '@esm-bundle/chai';
import { openDB } from 'idb';
import { MAX_UNLOCK_METHODS, UNLOCK_BACKOFF_BASE_MS, UNLOCK_BACKOFF_MAX_MS } from '../limits.ts';
import { eraseProfile } from './erase.ts';
import { type KeyFile, readKeyFile, writeKeyFile } from './key-file.ts';
import { Keyring } from './keyring.ts';
import type { UnlockAttempt } from './unlock-attempt.ts';
import { Vault } from './vault.ts';

/** The least that crypto-core allows: tests derive many keys. */
const CHEAP = { memoryKib: 19_456, passes: 2, lanes: 1 };

const passcode = (text: string): UnlockAttempt => ({ kind: 'passcode', text });
const passkey = (byte: number, output = byte): UnlockAttempt => ({
  kind: 'passkey',
  prfOutput: new Uint8Array(32).fill(output),
  credentialId: new Uint8Array(16).fill(byte),
});

async function codeOf(attempt: Promise<unknown>): Promise<string> {
  return attempt.then(
    () => 'done',
    (error: unknown) => (error as { code: string }).code,
  );
}

describe('keyring', () => {
  let profile: string;
  let nowMs: number;
  let keyring: Keyring;

  const open = (argon2id = CHEAP): Promise<Keyring> =>
    Keyring.open(profile, { nowMs: () => nowMs, argon2id });
  const methods = (): string[] => keyring.slots.map(({ method }) => method);
  const idOf = (kind: string): string => {
    const slot = keyring.slots.find(({ method }) => method === kind);
    if (slot === undefined) throw new RangeError(kind);
    return Keyring.idOf(slot);
  };

  async function reopen(): Promise<void> {
    await keyring.close();
    keyring = await open();
  }

  /** A record that only the right DEK opens. */
  async function plant(): Promise<void> {
    const vault = await Vault.open(profile);
    const name = await vault.name('contacts', 'a');
    await vault.update(batch => batch.put('contacts', name, { value: 42 }));
    await vault.close();
  }

  async function assertOpens(attempt: UnlockAttempt): Promise<void> {
    const vault = await Vault.unlocked(keyring, await keyring.unlock(attempt));
    expect(await vault.get('contacts', await vault.name('contacts', 'a'))).to.deep.equal({ value: 42 });
    await vault.close();
    keyring = await open();
  }

  beforeEach(async () => {
    profile = `keyring-${crypto.randomUUID()}`;
    nowMs = 1_000_000;
    await plant();
    keyring = await open();
  });
  afterEach(() => keyring.close());

  it('P2P-VLT-01: a real way to open takes the device key away, and opens the same records', async () => {
    expect(methods()).to.deep.equal(['device']);
    await keyring.add(null, passcode('123456'));
    expect(methods()).to.deep.equal(['passcode']);
    await reopen();
    expect(await keyring.openByDevice()).to.equal(null);
    expect(await codeOf(Vault.open(profile))).to.equal('vault-locked');
    await assertOpens(passcode('123456'));
    const names = (await indexedDB.databases()).map(({ name = '' }) => name);
    expect(names.filter(name => name.startsWith(`enk:${profile}:`))).to.deep.equal([`enk:${profile}:keys:2`]);
  });

  it('P2P-VLT-01: each way opens the same vault; wrong, removed and foreign ones do not', async function () {
    this.timeout(180_000); // some fourteen runs of Argon2id at full price
    const recovery: UnlockAttempt = { kind: 'recovery-key', text: encodeRecoveryKey(generateRecoveryKey()) };
    const password: UnlockAttempt = { kind: 'password', text: 'a long password' };
    await keyring.add(null, recovery);
    expect(methods(), 'a recovery key alone locks nothing').to.deep.equal(['device', 'recovery-key']);
    await keyring.add(null, password);
    await keyring.add(password, passcode('123456'));
    await keyring.add(recovery, passkey(1));
    await keyring.add(passkey(1), passkey(2));
    expect(methods()).to.deep.equal(['recovery-key', 'password', 'passcode', 'passkey', 'passkey']);
    for (const attempt of [recovery, password, passcode('123456'), passkey(1), passkey(2)]) {
      await assertOpens(attempt);
    }
    expect(await codeOf(keyring.unlock(passcode('123457')))).to.equal('unlock-failed');
    expect(await codeOf(keyring.unlock({ kind: 'password', text: '123456' }))).to.equal('unlock-failed');
    expect(await codeOf(keyring.unlock(passkey(1, 2)))).to.equal('unlock-failed');
    expect(await codeOf(keyring.unlock(passkey(3)))).to.equal('unknown-unlock-method');
    const other: UnlockAttempt = { kind: 'recovery-key', text: encodeRecoveryKey(generateRecoveryKey()) };
    expect(await codeOf(keyring.unlock(other))).to.equal('unlock-failed');
    await keyring.remove(idOf('password'), passkey(2));
    expect(await codeOf(keyring.unlock(password))).to.equal('unknown-unlock-method');
    await keyring.replace(idOf('passcode'), recovery, passcode('654321'));
    expect(await codeOf(keyring.unlock(passcode('123456')))).to.equal('unlock-failed');
    await assertOpens(passcode('654321'));
  });

  it('P2P-VLT-02: a change needs a secret that opens now', async () => {
    await keyring.add(null, passcode('123456'));
    const changes = (current: UnlockAttempt | null): Promise<string[]> =>
      Promise.all([
        codeOf(keyring.add(current, passkey(1))),
        codeOf(keyring.replace(idOf('passcode'), current, passcode('111111'))),
        codeOf(keyring.add(current, { kind: 'device' })),
      ]);
    expect(await changes(null)).to.deep.equal(['unlock-failed', 'unlock-failed', 'unlock-failed']);
    expect(await changes(passcode('000000'))).to.deep.equal([
      'unlock-failed',
      'unlock-failed',
      'unlock-failed',
    ]);
    expect(methods()).to.deep.equal(['passcode']);
    nowMs += UNLOCK_BACKOFF_MAX_MS;
    await assertOpens(passcode('123456'));
  });

  it('P2P-VLT-02: the last way to open cannot be removed, and a recovery key alone is none', async () => {
    expect(await codeOf(keyring.remove(idOf('device'), null))).to.equal('last-unlock-method');
    const recovery: UnlockAttempt = { kind: 'recovery-key', text: encodeRecoveryKey(generateRecoveryKey()) };
    await keyring.add(null, recovery);
    expect(await codeOf(keyring.remove(idOf('device'), null))).to.equal('last-unlock-method');
    await keyring.add(null, passcode('123456'));
    expect(await codeOf(keyring.remove(idOf('passcode'), recovery))).to.equal('last-unlock-method');
    await keyring.remove(idOf('recovery-key'), passcode('123456'));
    expect(await codeOf(keyring.remove(idOf('passcode'), passcode('123456')))).to.equal('last-unlock-method');
    await assertOpens(passcode('123456'));
  });

  it('P2P-VLT-02: short secrets, second passcodes, broken keys and too many ways are refused', async () => {
    expect(await codeOf(keyring.add(null, passcode('12345')))).to.equal('secret-too-short');
    expect(await codeOf(keyring.add(null, { kind: 'password', text: 'too short' }))).to.equal(
      'secret-too-short',
    );
    const typo = encodeRecoveryKey(new Uint8Array(16)).replace('about', 'zebra');
    expect(await codeOf(keyring.add(null, { kind: 'recovery-key', text: typo }))).to.equal(
      'recovery-key-malformed',
    );
    await keyring.add(null, passkey(0));
    for (let byte = 1; byte < MAX_UNLOCK_METHODS; byte++) await keyring.add(passkey(0), passkey(byte));
    expect(await codeOf(keyring.add(passkey(0), passkey(99)))).to.equal('too-many-unlock-methods');
    await keyring.remove(idOf('passkey'), passkey(0));
    await keyring.add(passkey(1), passcode('123456'));
    expect(await codeOf(keyring.add(passkey(1), passcode('654321')))).to.equal('unlock-method-exists');
  });

  it('P2P-VLT-03: Argon2id parameters that aged are raised by the next success, and by nothing else', async () => {
    await keyring.add(null, passcode('123456'));
    const costOf = (): unknown => describeSlot(keyring.slots[0]?.envelope ?? new Uint8Array()).argon2id;
    expect(costOf()).to.deep.equal(CHEAP);
    const dearer = { ...CHEAP, passes: 3 };
    await keyring.close();
    keyring = await open(dearer);
    expect(await codeOf(keyring.unlock(passcode('000000')))).to.equal('unlock-failed');
    expect(costOf()).to.deep.equal(CHEAP);
    await keyring.unlock(passcode('123456'));
    expect(costOf()).to.deep.equal(dearer);
    await reopen();
    await assertOpens(passcode('123456'));
    expect(costOf(), 'never lowered').to.deep.equal(dearer);
  });

  it('P2P-VLT-04: wrong tries back off, across reloads and a clock that is set back; a success forgets them', async () => {
    await keyring.add(null, passcode('123456'));
    await keyring.add(passcode('123456'), passkey(1));
    for (let i = 0; i < 4; i++)
      expect(await codeOf(keyring.unlock(passcode('000000')))).to.equal('unlock-failed');
    expect(keyring.nextTryAtMs).to.equal(nowMs + UNLOCK_BACKOFF_BASE_MS);
    expect(await codeOf(keyring.unlock(passcode('123456')))).to.equal('unlock-throttled');
    await reopen();
    expect(await codeOf(keyring.unlock(passcode('123456')))).to.equal('unlock-throttled');
    nowMs -= 86_400_000;
    await reopen();
    expect(keyring.nextTryAtMs, 'from now, and not in a day').to.equal(nowMs + UNLOCK_BACKOFF_BASE_MS);
    await keyring.unlock(passkey(1));
    expect(keyring.nextTryAtMs, 'a passkey waits for nobody, and opens').to.equal(null);
    for (let i = 0; i < 4; i++) await codeOf(keyring.unlock(passcode('000000')));
    nowMs += UNLOCK_BACKOFF_BASE_MS;
    await keyring.unlock(passcode('123456'));
    expect(await codeOf(keyring.unlock(passcode('000000')))).to.equal('unlock-failed');
    expect(keyring.nextTryAtMs).to.equal(null);
  });

  it('P2P-VLT-04: a try counts before it is judged: a process that dies in the middle has had it', async () => {
    await keyring.add(null, passcode('123456'));
    const pending = Array.from({ length: 4 }, () => codeOf(keyring.unlock(passcode('000000'))));
    await Promise.all(pending.slice(0, 3));
    const db = await openDB(`enk:${profile}`);
    let tries: unknown;
    while ((tries as { count: number } | undefined)?.count !== 4) tries = await db.get('meta', 'tries');
    db.close();
    expect(await pending[3]).to.equal('unlock-failed');
  });

  it('P2P-VLT-04: a wait counts from when the try was judged, however long that took', async () => {
    await keyring.add(null, passcode('123456'));
    const put = Reflect.get(IDBObjectStore.prototype, 'put') as IDBObjectStore['put'];
    const judgingMs = 60_000;
    let isCounted = false;
    IDBObjectStore.prototype.put = function (this: IDBObjectStore, value: unknown, key?: IDBValidKey) {
      const isLast = (value as { count?: number }).count === 4;
      if (isLast && !isCounted) nowMs += judgingMs; // it was counted at the time before
      isCounted ||= isLast;
      return put.call(this, value, key);
    };
    try {
      for (let i = 0; i < 4; i++) await codeOf(keyring.unlock(passcode('000000')));
    } finally {
      IDBObjectStore.prototype.put = put;
    }
    expect(isCounted).to.equal(true);
    expect(keyring.nextTryAtMs).to.equal(nowMs + UNLOCK_BACKOFF_BASE_MS);
  });

  it('P2P-VLT-05: a crash at any step of a change leaves one key file in force, the old or the new', async () => {
    await keyring.add(null, passcode('123456'));
    // Written, but not pointed at: the attempt never happened.
    const half: KeyFile = { ...(await readKeyFile(profile, 2)), slots: [] };
    await writeKeyFile(profile, 3, half);
    await reopen();
    await assertOpens(passcode('123456'));
    // Pointed at, but the old one is still there.
    const former = await readKeyFile(profile, 2);
    await keyring.replace(idOf('passcode'), passcode('123456'), passcode('654321'));
    await keyring.close();
    await writeKeyFile(profile, 2, former);
    keyring = await open();
    expect(await codeOf(keyring.unlock(passcode('123456')))).to.equal('unlock-failed');
    await assertOpens(passcode('654321'));
    const names = (await indexedDB.databases()).map(({ name = '' }) => name);
    expect(names.filter(name => name.startsWith(`enk:${profile}:`))).to.deep.equal([`enk:${profile}:keys:3`]);
  });

  it('P2P-VLT-05: an envelope of another vault is refused as damage', async () => {
    await keyring.add(null, passcode('123456'));
    const otherProfile = `other-${crypto.randomUUID()}`;
    const other = await Keyring.open(otherProfile, { nowMs: () => nowMs, argon2id: CHEAP });
    await other.add(null, passcode('123456'));
    const [foreign] = other.slots;
    await other.close();
    const file = await readKeyFile(profile, 2);
    await keyring.close();
    await writeKeyFile(profile, 2, { ...file, slots: foreign === undefined ? [] : [foreign] });
    keyring = await open();
    expect(await codeOf(keyring.unlock(passcode('123456')))).to.equal('storage-corrupt');
  });

  it('P2P-VLT-05: the wrap of a passcode opens with crypto-core alone', async () => {
    await keyring.add(null, passcode('123456'));
    const { vaultId, slots } = await readKeyFile(profile, 2);
    const [slot] = slots;
    if (slot === undefined) throw new RangeError('slot');
    const secret = { kind: 'password', password: '123456', argon2id: argon2idSoftware } as const;
    const made = await addSlot(vaultId, { envelope: slot.envelope, secret }, { secret, argon2id: CHEAP });
    expect(describeSlot(made).kind).to.equal('password');
  });

  it('P2P-VLT-07: erasing ends the keys first, then the data; one that was cut short goes on at the next start', async () => {
    await keyring.close();
    const db = await openDB(`enk:${profile}`);
    await db.put('meta', true, 'erasing');
    db.close();
    keyring = await open();
    expect(await keyring.db.getAll('contacts')).to.deep.equal([]);
    await keyring.close();
    const folder = await (await navigator.storage.getDirectory()).getDirectoryHandle('enk', { create: true });
    const own = await folder.getDirectoryHandle(profile, { create: true });
    await own.getFileHandle('sealed', { create: true });
    await folder.getDirectoryHandle(`${profile}-other`, { create: true });
    await eraseProfile(profile);
    const folders: string[] = [];
    for await (const name of (folder as unknown as { keys(): AsyncIterable<string> }).keys())
      folders.push(name);
    expect(folders).to.include(`${profile}-other`).and.not.include(profile);
    const names = (await indexedDB.databases()).map(({ name = '' }) => name);
    expect(names.filter(name => name.startsWith(`enk:${profile}`))).to.deep.equal([]);
    keyring = await open();
  });
});
