import { expect } from '@esm-bundle/chai';
import type { ExportSecret, ImportReport } from '../../worker/api.ts';
import { openDB } from 'idb';
import { openExport, sealExport } from '../../moving/age.ts';
import { importVault } from '../../moving/import-vault.ts';
import { TAR_END, tarHeader, tarPadding } from '../../moving/tar.ts';
import { ProfileRepository } from '../../storage/profile-repository.ts';
import { encodeRecord } from '../../storage/record-codec.ts';
import { Vault } from '../../storage/vault.ts';
import { Peer, befriend } from '../support/peer.ts';
import { TestNetwork } from '../support/test-network.ts';

const PASSPHRASE = 'correct horse battery';
const KEY = { kind: 'passphrase', passphrase: PASSPHRASE } as const;
const SECRET: ExportSecret = { kind: 'passphrase', passphrase: PASSPHRASE };

const NOTHING: ImportReport = {
  identity: 'none',
  contactsAdded: 0,
  messagesAdded: 0,
  messagesKnown: 0,
  filesAdded: 0,
  filesKnown: 0,
};

describe('scenario: moving', () => {
  let network: TestNetwork;
  let alice: Peer;
  let bob: Peer;
  let fresh: Peer;

  beforeEach(async () => {
    network = new TestNetwork();
    alice = await Peer.start(network, 'Alice');
    bob = await Peer.start(network, 'Bob');
    await befriend(alice, bob);
    await alice.send('from Alice ✓');
    await bob.send('von Bob\n"quoted"');
    await Promise.all([alice.untilReceived(1), bob.untilReceived(1)]);
    await alice.untilDelivered();
    fresh = Peer.create(new TestNetwork(), `moved-${crypto.randomUUID()}`);
    await fresh.boot();
  });

  afterEach(async () => {
    await Promise.all([alice.close(), bob.close(), fresh.close()]);
  });

  async function exportOf(peer: Peer): Promise<File> {
    const file = await peer.core.exportVault({ key: KEY });
    if (file === null) throw new RangeError('no file');
    return file;
  }

  const lastExport = (peer: Peer): number | null | undefined =>
    peer.events.findLast(event => event.type === 'vault')?.vault.lastExportAtMs;

  async function history(peer: Peer): Promise<string[]> {
    const [contact] = peer.contacts;
    if (contact === undefined) return [];
    const { messages } = await peer.core.listMessages({ contactId: contact.id, limit: 100 });
    return messages.map(({ text, isMine }) => `${isMine ? 'me' : 'them'}: ${text}`);
  }

  async function codeOf(action: () => Promise<unknown>): Promise<unknown> {
    const error: unknown = await action().catch((reason: unknown) => reason);
    return (error as { code?: string } | undefined)?.code;
  }

  it('P2P-MOV-03: a device that has nobody becomes the person, with contacts and history', async () => {
    const file = await exportOf(alice);
    await alice.close();
    const report = await fresh.core.importVault({ file, secret: SECRET });
    expect(report).to.deep.equal({ ...NOTHING, identity: 'taken', contactsAdded: 1, messagesAdded: 2 });
    await fresh.until('contacts', () => fresh.contacts.length === 1);
    expect(fresh.profile).to.deep.include({ kind: 'open', displayName: 'Alice' });
    expect(fresh.profile.kind === 'open' && fresh.profile.peerId).to.equal(
      bob.contacts[0]?.peerId,
      'the same address',
    );
    expect(await history(fresh)).to.deep.equal(['me: from Alice ✓', 'them: von Bob\n"quoted"']);
    const { hits } = await fresh.core.search({ query: 'quoted', limit: 5 });
    expect(hits).to.have.length(1);
    await fresh.crash();
    await fresh.boot();
    expect(await history(fresh)).to.have.length(2);
  });

  it('P2P-MOV-04: what is known already stays as it is; the same import again adds nothing', async () => {
    const file = await exportOf(alice);
    await alice.send('later');
    const before = await history(alice);
    for (let i = 0; i < 2; i++) {
      const report = await alice.core.importVault({ file, secret: SECRET });
      expect(report).to.deep.equal({ ...NOTHING, identity: 'same', messagesKnown: 2 });
      expect(await history(alice)).to.deep.equal(before);
    }
  });

  it('P2P-MOV-04: a device with an identity and contacts keeps them, and gets the history', async () => {
    await fresh.core.setDisplayName({ displayName: 'Carol' });
    await fresh.core.addByPeerId({ peerId: 'a'.repeat(32), name: 'Someone' });
    const report = await fresh.core.importVault({ file: await exportOf(alice), secret: SECRET });
    expect(report).to.include({ identity: 'kept', contactsAdded: 1, messagesAdded: 2 });
    expect(fresh.profile).to.include({ displayName: 'Carol' });
    expect(fresh.contacts.map(({ name }) => name)).to.include.members(['Someone', 'Bob']);
  });

  it('P2P-MOV-01: one flipped byte anywhere, or one that is missing, is refused and changes nothing', async () => {
    const bytes = new Uint8Array(await (await exportOf(alice)).arrayBuffer());
    const key = fresh.profile.kind === 'needs-name' ? String(fresh.profile.identityKey) : '';
    for (const at of [0, 30, 100, 180, Math.floor(bytes.length / 2), bytes.length - 1]) {
      const damaged = bytes.slice();
      damaged[at] = (damaged[at] ?? 0) ^ 1;
      const code = await codeOf(() => fresh.core.importVault({ file: new Blob([damaged]), secret: SECRET }));
      expect(['export-locked', 'export-malformed'], `byte ${at}`).to.include(code);
    }
    for (const end of [0, 10, bytes.length - 1, bytes.length - 16]) {
      const cut = new Blob([bytes.slice(0, end)]);
      const code = await codeOf(() => fresh.core.importVault({ file: cut, secret: SECRET }));
      expect(['export-locked', 'export-malformed'], `cut at ${end}`).to.include(code);
    }
    const wrong: ExportSecret = { kind: 'passphrase', passphrase: 'another passphrase' };
    const whole = new Blob([bytes]);
    expect(await codeOf(() => fresh.core.importVault({ file: whole, secret: wrong }))).to.equal(
      'export-locked',
    );
    expect(fresh.contacts).to.deep.equal([]);
    expect(fresh.profile.kind === 'needs-name' && String(fresh.profile.identityKey)).to.equal(key);
  });

  it('P2P-MOV-02: shows nothing of what is in it, and says when it was made', async () => {
    expect(lastExport(alice)).to.equal(null);
    const startMs = alice.clock.nowMs();
    const file = await exportOf(alice);
    expect(file.name).to.match(/^enkrypted-\d{4}-\d\d-\d\d\.tar\.age$/);
    const text = new TextDecoder('latin1').decode(await file.arrayBuffer());
    expect(text.startsWith('age-encryption.org/v1\n-> scrypt ')).to.equal(true);
    expect(text).to.not.include('Alice').and.not.include('README');
    expect(lastExport(alice)).to.be.within(startMs, alice.clock.nowMs());
    await alice.crash();
    await alice.boot();
    expect(lastExport(alice)).to.be.within(startMs, alice.clock.nowMs());
  });

  it('P2P-MOV-06: one at a time, stopped on demand; a short passphrase is refused', async () => {
    const short = { key: { kind: 'passphrase', passphrase: 'too short' } } as const;
    expect(await codeOf(() => alice.core.exportVault(short))).to.equal('passphrase-too-short');
    const running = exportOf(alice);
    expect(await codeOf(() => exportOf(alice))).to.equal('moving-already');
    await alice.core.cancelMoving();
    expect(await codeOf(() => running)).to.equal('aborted');
    expect(lastExport(alice)).to.equal(null);
    const kinds = alice.events.flatMap(event =>
      event.type === 'moving' ? [event.moving?.kind ?? null] : [],
    );
    expect(kinds).to.deep.equal(['export', null, 'export', null]);
    expect((await exportOf(alice)).size).to.be.above(1_000);
  });

  it('P2P-MOV-02: one conversation is that contact and its history, and no identity', async () => {
    await alice.core.addByPeerId({ peerId: 'c'.repeat(32), name: 'Carol' });
    const contactId = bob.contact.id;
    expect(await codeOf(() => alice.core.exportVault({ key: KEY, contactId }))).to.equal('unknown-contact');
    const [withBob] = alice.contacts.filter(({ name }) => name === 'Bob');
    const file = await alice.core.exportVault({ key: KEY, contactId: withBob?.id ?? contactId });
    expect(lastExport(alice)).to.equal(null);
    const report = await fresh.core.importVault({ file: file ?? new Blob(), secret: SECRET });
    expect(report).to.deep.equal({ ...NOTHING, contactsAdded: 1, messagesAdded: 2 });
    expect(fresh.profile.kind).to.equal('needs-name');
    expect(fresh.contacts.map(({ name }) => name)).to.deep.equal(['Bob']);
  });

  it('P2P-MOV-03: an export of the other side does not make a person their own contact', async () => {
    const report = await bob.core.importVault({ file: await exportOf(alice), secret: SECRET });
    expect(report).to.deep.equal({ ...NOTHING, identity: 'kept' });
    expect(bob.contacts.map(({ name }) => name)).to.deep.equal(['Alice']);
    expect(await history(bob)).to.have.length(2);
  });

  it('P2P-MOV-04: while it runs nothing else is asked of the profile, and then all goes on', async () => {
    const file = await exportOf(alice);
    const running = alice.core.importVault({ file, secret: SECRET });
    await alice.until('an import', () =>
      alice.events.some(event => event.type === 'moving' && event.moving?.kind === 'import'),
    );
    await alice.until('sessions ended', () => alice.contact.connection.kind !== 'ready');
    expect(await codeOf(() => alice.send('lost?'))).to.equal('import-running');
    await running;
    await alice.send('after it');
    await bob.untilReceived(2);
    await alice.untilDelivered();
  });

  it('P2P-MOV-04: a crash in the middle leaves what was there; the same import again is whole', async () => {
    await fresh.core.addByPeerId({ peerId: 'a'.repeat(32), name: 'Someone' });
    const file = await exportOf(alice);
    await fresh.crash();
    await importUntilItHangs(fresh.profileName, file);
    await fresh.boot();
    expect(fresh.contacts.map(({ name }) => name)).to.deep.equal(['Someone']);
    expect(await countMessages(fresh)).to.equal(0);
    const report = await fresh.core.importVault({ file, secret: SECRET });
    expect(report).to.include({ contactsAdded: 1, messagesAdded: 2 });
    expect(await countMessages(fresh)).to.equal(2);
  });

  it('P2P-MOV-06: locking or closing ends an import, and nothing of it is left', async () => {
    const file = await exportOf(alice);
    const running = codeOf(() => fresh.core.importVault({ file, secret: SECRET }));
    await fresh.core.close();
    expect(await running).to.equal('aborted');
    await fresh.boot();
    expect(fresh.contacts).to.deep.equal([]);
    expect(await countMessages(fresh)).to.equal(0);
  });

  it('P2P-MOV-01: an export of a newer version is refused as such', async () => {
    const head = encodeRecord({ format: 'enkrypted-export', version: 2, more: true });
    const archive = new Blob([
      tarHeader({ name: 'export.json', sizeBytes: head.length }, 0) as BlobPart,
      head,
      tarPadding(head.length) as BlobPart,
      TAR_END as BlobPart,
    ]);
    const sealed = await new Response(await sealExport(archive.stream(), KEY)).blob();
    const code = await codeOf(() => fresh.core.importVault({ file: sealed, secret: SECRET }));
    expect(code).to.equal('export-newer');
  });

  it('P2P-MOV-02: goes to a file that the person chose, and leaves none of ours', async () => {
    const root = await navigator.storage.getDirectory();
    const to = await root.getFileHandle(`chosen-${crypto.randomUUID()}`, { create: true });
    expect(await alice.core.exportVault({ key: KEY, to })).to.equal(null);
    const report = await fresh.core.importVault({ file: await to.getFile(), secret: SECRET });
    expect(report).to.include({ identity: 'taken', messagesAdded: 2 });
    await root.removeEntry(to.name);
  });
});

/** As a process that is killed when most of the file was read: nothing is taken back. */
async function importUntilItHangs(profile: string, file: File): Promise<void> {
  const vault = await Vault.open(profile);
  const whole = await new Response(await openExport(file.stream(), SECRET)).arrayBuffer();
  let hung = (): void => undefined;
  const hangs = new Promise<void>(resolve => (hung = resolve));
  let isRead = false;
  const cut = new ReadableStream<Uint8Array>({
    pull(controller) {
      if (isRead) return new Promise(() => hung());
      isRead = true;
      return controller.enqueue(new Uint8Array(whole, 0, whole.byteLength - TAR_END.length));
    },
  });
  const target = {
    vault,
    ownKey: new Uint8Array(32),
    files: () => Promise.reject(new RangeError('files')),
    signal: new AbortController().signal,
  };
  void importVault(target, cut);
  await hangs;
  expect(await new ProfileRepository(vault).loadImport()).to.not.equal(null);
  await vault.close();
}

/** In force or not. */
async function countMessages({ profileName }: Peer): Promise<number> {
  const db = await openDB(`enk:${profileName}`);
  try {
    return await db.count('messages');
  } finally {
    db.close();
  }
}
