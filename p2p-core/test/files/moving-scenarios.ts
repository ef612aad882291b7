/** Files in an export and in an import; run inside a worker, where synchronous handles exist. */
import { expect } from '@esm-bundle/chai';
import { P2pError } from '../../errors.ts';
import { FILE_CHUNK_BYTES } from '../../limits.ts';
import { openExport, sealExport } from '../../moving/age.ts';
import { dropImport } from '../../moving/drop-import.ts';
import { exportParts } from '../../moving/export-vault.ts';
import { importVault } from '../../moving/import-vault.ts';
import { pathOf } from '../../files/folder-tree.ts';
import { applyFolderChange } from '../../worker/vault-folders.ts';
import { FolderRepository } from '../../storage/files/folder-repository.ts';
import { FileStore } from '../../storage/files/file-store.ts';
import { openFileFolder } from '../../storage/files/opfs.ts';
import { Vault } from '../../storage/vault.ts';

const KEY = { kind: 'passphrase', passphrase: 'correct horse battery' } as const;

interface Place {
  readonly vault: Vault;
  readonly store: FileStore;
}

async function open(): Promise<Place> {
  const profile = `moving-files-${crypto.randomUUID()}`;
  const vault = await Vault.open(profile);
  return { vault, store: await FileStore.open(vault, await openFileFolder(profile)) };
}

async function add({ store }: Place, name: string, bytes: Uint8Array): Promise<string> {
  const writer = await store.create({ name, mediaType: 'text/plain', createdAtMs: 7 });
  await writer.write(bytes);
  await writer.commit();
  return writer.id;
}

async function sealedExport({ vault, store }: Place): Promise<Blob> {
  const parts = exportParts({ vault, files: store, contactId: null, nowMs: 1_000 });
  const stream = new ReadableStream<Uint8Array>({
    async pull(controller) {
      const { done, value } = await parts.next();
      if (done) controller.close();
      else controller.enqueue(value);
    },
  });
  return new Response(await sealExport(stream, KEY)).blob();
}

async function importInto({ vault, store }: Place, file: Blob) {
  const target = {
    vault,
    ownKey: new Uint8Array(32),
    files: () => Promise.resolve(store),
    signal: new AbortController().signal,
  };
  return importVault(target, await openExport(file.stream(), KEY));
}

const CONTENTS = [0, 10, FILE_CHUNK_BYTES, 3 * FILE_CHUNK_BYTES + 77].map(length =>
  new Uint8Array(length).map((_, at) => at ^ (at >> 8)),
);

/** Files of every size, their names and ids arrive; a second time adds nothing. */
export async function movesFiles(): Promise<void> {
  const [from, to] = [await open(), await open()];
  const ids: string[] = [];
  for (const [index, bytes] of CONTENTS.entries()) ids.push(await add(from, `Plan ${index} ✓`, bytes));
  const entries = [
    { path: 'a/b.txt', sizeBytes: 2, mediaType: '' },
    { path: 'c', sizeBytes: 1, mediaType: '' },
  ];
  const folder = await from.store.create({ name: 'folder', mediaType: '', createdAtMs: 7, entries });
  await folder.write(new Uint8Array([1, 2, 3]));
  await folder.commit();
  const shelf = { ...from, nowMs: 7 };
  const parentId = await applyFolderChange(shelf, { kind: 'make', name: 'Plans', parentId: null });
  const to2026 = await applyFolderChange(shelf, { kind: 'make', name: '2026', parentId });
  await applyFolderChange(shelf, { kind: 'move', fileIds: [folder.id], folderIds: [], to: to2026 });
  const file = await sealedExport(from);
  const count = CONTENTS.length + 1;
  expect(await importInto(to, file)).to.include({ filesAdded: count, filesKnown: 0 });
  const arrived = await to.store.find(folder.id);
  expect(arrived?.entries).to.deep.equal(entries);
  const tree = await new FolderRepository(to.vault).load();
  expect(pathOf(tree, arrived?.folderId ?? null), 'P2P-FIL-09').to.deep.equal(['Plans', '2026']);
  for (const [index, id] of ids.entries()) {
    expect(await to.store.find(id)).to.deep.include({ name: `Plan ${index} ✓`, createdAtMs: 7 });
    const reader = await to.store.open(id);
    expect(await reader.read(0, reader.sizeBytes)).to.deep.equal(CONTENTS[index]);
    await reader.close();
  }
  expect(await importInto(to, file)).to.include({ filesAdded: 0, filesKnown: count });
  expect(await to.store.list()).to.have.length(count);
}

/** A byte that was flipped late takes back the files before it, and nothing that was there. */
export async function takesFilesBack(): Promise<void> {
  const [from, to] = [await open(), await open()];
  for (const [index, bytes] of CONTENTS.entries()) await add(from, `file ${index}`, bytes);
  const kept = await add(to, 'kept', new Uint8Array([1]));
  const bytes = new Uint8Array(await (await sealedExport(from)).arrayBuffer());
  bytes[bytes.length - 1_000] = (bytes[bytes.length - 1_000] ?? 0) ^ 1;
  const error: unknown = await importInto(to, new Blob([bytes])).catch((reason: unknown) => reason);
  expect(error instanceof P2pError && error.code).to.equal('export-malformed');
  expect((await to.store.list()).map(({ id }) => id)).to.deep.equal([kept]);
  await dropImport(to.vault, () => Promise.resolve(to.store)); // nothing is left to drop
}
