/** What journal-file.test.ts claims, run inside a worker: synchronous handles exist nowhere else. */
import { expect } from '@esm-bundle/chai';
import { openDB } from 'idb';
import { JOURNAL_BYTES } from '../../limits.ts';
import { eraseProfile } from '../../storage/erase.ts';
import type { SyncFileHandle } from '../../storage/files/opfs.ts';
import { Vault } from '../../storage/vault.ts';

const CANARY = 'canary-77aa1 Größe';
const newProfile = (): string => `journal-${crypto.randomUUID()}`;

async function put(vault: Vault, text: string): Promise<void> {
  const name = await vault.name('contacts', CANARY);
  await vault.update(batch => batch.put('contacts', name, { text }));
}

async function text(vault: Vault): Promise<unknown> {
  const record = await vault.get('contacts', await vault.name('contacts', CANARY));
  return (record as { text: string }).text;
}

async function journalOf(profile: string): Promise<SyncFileHandle> {
  const root = await navigator.storage.getDirectory();
  const folder = await (await root.getDirectoryHandle('enk-journal')).getDirectoryHandle(profile);
  for await (const handle of (folder as unknown as { values(): AsyncIterable<SyncFileHandle> }).values()) {
    return handle;
  }
  throw new Error('no journal');
}

async function bytesOf(profile: string): Promise<Uint8Array<ArrayBuffer>> {
  return new Uint8Array(await (await (await journalOf(profile)).getFile()).arrayBuffer());
}

const latin1 = (bytes: Uint8Array): string => new TextDecoder('latin1').decode(bytes);

async function comesBack(): Promise<void> {
  const profile = newProfile();
  const vault = await Vault.open(profile);
  await put(vault, 'one');
  await put(vault, 'two');
  await vault.close();
  // The database loses what was never flushed to it: back to the first revision.
  const db = await openDB(`enk:${profile}`);
  await db.clear('contacts');
  await db.put('meta', ((await db.get('meta', 'revision')) as number) - 2, 'revision');
  db.close();
  const again = await Vault.open(profile);
  expect(await text(again)).to.equal('two');
  await again.close();
}

async function nothingReadable(): Promise<void> {
  const profile = newProfile();
  const vault = await Vault.open(profile);
  await put(vault, CANARY);
  await vault.close();
  const bytes = await bytesOf(profile);
  expect(bytes.length).to.equal(JOURNAL_BYTES);
  expect(bytes.some(byte => byte !== 0)).to.equal(true);
  const needles = [
    new TextEncoder().encode(CANARY),
    new Uint8Array(Uint16Array.from(CANARY, c => c.charCodeAt(0)).buffer),
  ];
  for (const needle of needles) expect(latin1(bytes).includes(latin1(needle))).to.equal(false);
  // The same scan finds a canary that was written in clear.
  const handle = await (await journalOf(profile)).createSyncAccessHandle();
  handle.write(needles[0] as Uint8Array, { at: 4_000 });
  handle.close();
  expect(latin1(await bytesOf(profile)).includes(latin1(needles[0] as Uint8Array))).to.equal(true);
}

async function handedOver(): Promise<void> {
  const profile = newProfile();
  const vault = await Vault.open(profile);
  await put(vault, 'one');
  const next = Vault.open(profile);
  let isOpen = false;
  void next.then(() => {
    isOpen = true;
  });
  await put(vault, 'two');
  expect(isOpen, 'two at once').to.equal(false);
  await vault.close();
  const other = await next;
  expect(await text(other)).to.equal('two');
  await other.close();
}

async function erased(): Promise<void> {
  const profile = newProfile();
  const vault = await Vault.open(profile);
  await put(vault, 'one');
  await vault.close();
  await journalOf(profile);
  await eraseProfile(profile);
  const error: unknown = await journalOf(profile).catch((reason: unknown) => reason);
  expect(error).to.have.property('name', 'NotFoundError');
}

export const journalScenarios = {
  journalComesBack: comesBack,
  journalShowsNothing: nothingReadable,
  journalHandedOver: handedOver,
  journalErased: erased,
};
