/** A vault as the bytes of an archive, in stream: a page of messages or a chunk of a file in memory at a time. */
import { type FolderTree, pathOf } from '../files/folder-tree.ts';
import { isGone } from '../retention/retention.ts';
import { ContactRepository } from '../storage/contact-repository.ts';
import { ConversationRepository } from '../storage/conversation-repository.ts';
import type { FileStore } from '../storage/files/file-store.ts';
import { FolderRepository } from '../storage/files/folder-repository.ts';
import { ProfileRepository } from '../storage/profile-repository.ts';
import { encodeRecord } from '../storage/record-codec.ts';
import type { ContactRecord } from '../storage/records.ts';
import type { Vault } from '../storage/vault.ts';
import { EXPORT_FORMAT, EXPORT_VERSION, type ExportedContact, README } from './export-format.ts';
import { TAR_END, tarHeader, tarPadding } from './tar.ts';

/** Together with the largest texts still a few megabytes. */
const MESSAGES_AT_ONCE = 128;
const NEWLINE = new Uint8Array([10]);

export interface ExportSource {
  readonly vault: Vault;
  /** Null when no file is stored. */
  readonly files: FileStore | null;
  /** One conversation, or everything when null. */
  readonly contactId: string | null;
  readonly nowMs: number;
}

type Bytes = AsyncGenerator<Uint8Array, void, undefined>;

/** The archive. Reads what is committed; what comes while it runs may be in it or not. */
export async function* exportParts(source: ExportSource): Bytes {
  const { vault, files, contactId, nowMs } = source;
  const atS = nowMs / 1000;
  const scope = contactId === null ? 'everything' : 'conversation';
  yield* entry('README.txt', new TextEncoder().encode(README), atS);
  const head = { format: EXPORT_FORMAT, version: EXPORT_VERSION, createdAtMs: nowMs, scope };
  yield* entry('export.json', encodeRecord(head), atS);
  const repository = new ProfileRepository(vault);
  const profile = await repository.load();
  if (contactId === null && profile !== null) {
    yield* entry('identity.json', encodeRecord(profile), atS);
    yield* entry('settings.json', encodeRecord(await repository.loadSettings()), atS);
  }
  const all = await new ContactRepository(vault).loadAll();
  const contacts = all.filter(({ id }) => contactId === null || id === contactId);
  yield* entry('contacts.jsonl', lines(contacts.map(toExported)), atS);
  for (const [index, contact] of contacts.entries()) yield* conversation(vault, contact, index, atS);
  if (contactId === null && files !== null) {
    yield* fileEntries(files, await new FolderRepository(vault).load(), atS);
  }
  yield TAR_END;
}

async function* conversation(vault: Vault, { id }: ContactRecord, index: number, atS: number): Bytes {
  const repository = await ConversationRepository.open(vault, id);
  const cursors = await repository.load();
  if (cursors === null) return;
  const folder = `conversations/${index + 1}`;
  // Where they lie, and what its sessions still ask for, is this device's.
  const { place: _, deletions: __, ...kept } = cursors;
  yield* entry(`${folder}/cursors.json`, encodeRecord({ contactId: id, cursors: kept }), atS);
  for (let first = 0; first < cursors.nextPosition; first += MESSAGES_AT_ONCE) {
    const last = Math.min(cursors.nextPosition, first + MESSAGES_AT_ONCE) - 1;
    const stored = await repository.messagesBetween(first, last);
    const messages = stored
      .filter(message => !isGone(message, atS * 1_000))
      .map(({ token: _, ...message }) => message);
    if (messages.length > 0)
      yield* entry(`${folder}/${first / MESSAGES_AT_ONCE + 1}.jsonl`, lines(messages), atS);
  }
}

async function* fileEntries(files: FileStore, tree: FolderTree, atS: number): Bytes {
  const list = await files.list();
  const entries = list.map(({ folderId, ...file }, index) => ({
    ...file,
    folders: pathOf(tree, folderId),
    entry: `files/${index + 1}`,
  }));
  yield* entry('files.jsonl', lines(entries), atS);
  for (const { id, entry: name, sizeBytes } of entries) {
    const reader = await files.open(id);
    try {
      yield tarHeader({ name, sizeBytes }, atS);
      yield* reader.chunks(0, sizeBytes);
      yield tarPadding(sizeBytes);
    } finally {
      await reader.close();
    }
  }
}

function toExported(contact: ContactRecord): ExportedContact {
  const { pairSecrets: _, invite: _invite, isPastClosed: _past, notice: _notice, ...kept } = contact;
  return kept;
}

async function* entry(name: string, bytes: Uint8Array, atS: number): Bytes {
  yield tarHeader({ name, sizeBytes: bytes.length }, atS);
  yield bytes;
  yield tarPadding(bytes.length);
}

function lines(records: readonly object[]): Uint8Array {
  const parts = records.flatMap(record => [encodeRecord(record), NEWLINE]);
  const bytes = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    bytes.set(part, at);
    at += part.length;
  }
  return bytes;
}
