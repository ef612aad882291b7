import { expect } from '@esm-bundle/chai';
import { openDB } from 'idb';
import { MAX_SEQ, MIGRATION_BATCH_RECORDS, STORAGE_SCHEMA_VERSION } from '../limits.ts';
import { copyProfile } from '../test/support/copy-profile.ts';
import { SCHEMA_1_NAME, SCHEMA_1_PEER_ID, Schema1Store } from '../test/support/schema-1-store.ts';
import { ContactRepository } from './contact-repository.ts';
import { ConversationRepository } from './conversation-repository.ts';
import { InviteRepository } from './invite-repository.ts';
import { ProfileRepository } from './profile-repository.ts';
import { Vault } from './vault.ts';

/** More than two batches, so that there is a middle to die in. */
const MESSAGES = MIGRATION_BATCH_RECORDS * 2 + 10;

describe('migration from schema 1', () => {
  let profile: string;
  beforeEach(() => {
    profile = `schema1-${crypto.randomUUID()}`;
  });

  async function assertWhole(vault: Vault, count: number): Promise<void> {
    const profiles = new ProfileRepository(vault);
    const record = await profiles.load();
    expect(record).to.include({ displayName: SCHEMA_1_NAME, peerId: SCHEMA_1_PEER_ID });
    expect(await profiles.loadSettings()).to.deep.equal({ sendTyping: true, sendReadReceipts: true });
    const [contact, ...others] = await new ContactRepository(vault).loadAll();
    expect(contact).to.include({ id: 'contact-1', name: 'Ben', verification: 'verified' });
    expect(others).to.deep.equal([]);
    expect(await new InviteRepository(vault).loadAll()).to.have.length(1);
    const conversation = await ConversationRepository.open(vault, 'contact-1');
    expect(await conversation.load()).to.include({ nextPosition: count });
    const texts = (await conversation.messagesBetween(0, MAX_SEQ)).map(({ text }) => text);
    expect(texts).to.deep.equal(Array.from({ length: count }, (_, index) => `old ${index} ✓`));
    const outbox = await conversation.outboxBetween(0, MAX_SEQ, Number.POSITIVE_INFINITY);
    expect(outbox.map(({ seq }) => seq)).to.deep.equal(
      Array.from({ length: count }, (_, index) => index + 1),
    );
  }

  async function assertNothingOld(): Promise<void> {
    const db = await openDB(`enk:${profile}`);
    expect(db.version).to.equal(STORAGE_SCHEMA_VERSION);
    expect(await db.get('meta', 'keys')).to.equal(undefined);
    for (const store of db.objectStoreNames) {
      if (store === 'meta') continue;
      for (const value of (await db.getAll(store)) as Uint8Array[]) expect(value[0], store).to.equal(1);
    }
    db.close();
  }

  it('P2P-STO-09: opens, and every record is sealed anew under its new name', async () => {
    await Schema1Store.withMessages(profile, 12);
    const vault = await Vault.open(profile);
    await assertWhole(vault, 12);
    await vault.close();
    await assertNothingOld();
    const again = await Vault.open(profile);
    await assertWhole(again, 12);
    await again.close();
  });

  it('P2P-STO-09: resumes after a crash at any step', async () => {
    const fixture = `fixture-${crypto.randomUUID()}`;
    await Schema1Store.withMessages(fixture, MESSAGES);
    let dieAt = 0;
    for (let survived = false; !survived;) {
      dieAt += 1;
      profile = `schema1-${crypto.randomUUID()}`;
      await copyProfile(fixture, profile);
      survived = await dieAtTransaction(dieAt, async () => (await Vault.open(profile)).close());
      const vault = await Vault.open(profile);
      await assertWhole(vault, MESSAGES);
      await vault.close();
      await assertNothingOld();
    }
    // Key file, pointer, one for each store and batch, the old keys.
    expect(dieAt).to.be.greaterThan(12);
  });

  it('P2P-STO-09: keeps a record that does not open, as corrupt as it was, and goes on', async () => {
    const store = await Schema1Store.create(profile);
    await store.putProfile();
    for (let position = 0; position < 3; position++) await store.putMessage(position, `old ${position} ✓`);
    const name = await store.name('messages', 'contact-1', 1);
    const broken = (await store.db.get('messages', name)) as Uint8Array;
    broken[20] = (broken[20] ?? 0) ^ 1;
    await store.db.put('messages', broken, name);
    store.db.close();
    const vault = await Vault.open(profile);
    const conversation = await ConversationRepository.open(vault, 'contact-1');
    const texts = async (first: number, last: number): Promise<string[]> =>
      (await conversation.messagesBetween(first, last)).map(({ text }) => text);
    expect(await texts(0, 0)).to.deep.equal(['old 0 ✓']);
    expect(await texts(2, 2)).to.deep.equal(['old 2 ✓']);
    const error: unknown = await texts(1, 1).catch((reason: unknown) => reason);
    expect(error).to.have.property('code', 'storage-corrupt');
    const kept = (await vault.keyring.db.getAll('messages')) as Uint8Array[];
    expect(kept.some(value => value[0] === 255 && value.length === broken.length + 1)).to.equal(true);
    await vault.close();
  });
});

/**
 * Runs `action` until its nth writing transaction, which is aborted, as are all after it: what a process that dies
 * leaves. True when it ended before.
 */
async function dieAtTransaction(n: number, action: () => Promise<void>): Promise<boolean> {
  const { prototype } = IDBDatabase;
  const { transaction } = prototype;
  let count = 0;
  prototype.transaction = function (this: IDBDatabase, ...args) {
    const made = transaction.apply(this, args);
    if (made.mode === 'readwrite' && ++count >= n) made.abort();
    return made;
  };
  try {
    return await action().then(
      () => true,
      () => false,
    );
  } finally {
    prototype.transaction = transaction;
  }
}
