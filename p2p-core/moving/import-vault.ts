/**
 * Takes an export into a vault, in stream: what it says is written beside the things in force, and ONE transaction at
 * the end, when the last byte was authenticated, puts it in their place. Until then nothing has changed, and what a
 * crash or a failure leaves is named by the import's record, and goes. Called while no session runs. P2P-MOV-03 … -06.
 */
import { randomIncarnation } from '../delivery/sequence.ts';
import { P2pError } from '../errors.ts';
import { ExpiryQueue } from '../retention/expiry-queue.ts';
import { FolderRepository, newFolderId } from '../storage/files/folder-repository.ts';
import type { FileStore } from '../storage/files/file-store.ts';
import { ProfileRepository } from '../storage/profile-repository.ts';
import { EVERY_NAME } from '../storage/record-name.ts';
import type { ProfileRecord, SettingsRecord } from '../storage/records.ts';
import type { Vault } from '../storage/vault.ts';
import type { ImportReport } from '../worker/api.ts';
import { dropImport, importPlace } from './drop-import.ts';
import { atPath, type FolderTree } from '../files/folder-tree.ts';
import type { ExportedFile } from './export-format.ts';
import { ImportedContacts } from './imported-contacts.ts';
import { type ExportPart, readExport } from './read-export.ts';
import { StagedConversation } from './staged-conversation.ts';

export interface ImportTarget {
  readonly vault: Vault;
  /** This device's identity key, 32 bytes: an export of somebody else may have this person among its contacts. */
  readonly ownKey: Uint8Array;
  /** Asked for when there are files. */
  files(): Promise<FileStore>;
  readonly signal: AbortSignal;
}

/** Throws P2pError `export-malformed`, `export-newer`, `storage-…`, `aborted`; then nothing is changed. */
export async function importVault(
  target: ImportTarget,
  plaintext: ReadableStream<Uint8Array>,
): Promise<ImportReport> {
  const run = await ImportRun.begin(target);
  try {
    for await (const part of readExport(plaintext)) {
      if (target.signal.aborted) throw new P2pError('aborted');
      await run.take(part);
    }
    if (target.signal.aborted) throw new P2pError('aborted');
    return await run.finish();
  } catch (error) {
    await dropImport(target.vault, () => target.files());
    throw error;
  }
}

class ImportRun {
  readonly #target: ImportTarget;
  readonly #repository: ProfileRepository;
  readonly #contacts: ImportedContacts;
  readonly #id = randomIncarnation();
  /** By the contact's id here. */
  readonly #staged = new Map<string, StagedConversation>();
  /** The one that messages are of now; `skipped`: one with this device's own person. */
  #current: StagedConversation | 'skipped' | null = null;
  #profile: ProfileRecord | null = null;
  #settings: SettingsRecord | null = null;
  #files: readonly string[] = [];
  #filesKnown = 0;
  /** Those of here, and what the export's files add. */
  #folders: FolderTree = [];
  #filesAdded = 0;

  private constructor(target: ImportTarget, contacts: ImportedContacts) {
    this.#target = target;
    this.#repository = new ProfileRepository(target.vault);
    this.#contacts = contacts;
  }

  static async begin(target: ImportTarget): Promise<ImportRun> {
    const own = await new ProfileRepository(target.vault).load();
    const run = new ImportRun(target, await ImportedContacts.open(target, own));
    await run.#record();
    return run;
  }

  /** What to take back if this ends before its time: stands before anything is written. */
  #record(): Promise<void> {
    const record = { id: this.#id, files: [...this.#files] };
    return this.#target.vault.update(batch => this.#repository.putImport(batch, record));
  }

  async take(part: ExportPart): Promise<void> {
    switch (part.kind) {
      case 'identity':
        this.#profile = part.profile;
        this.#contacts.meet(part.profile);
        return;
      case 'settings':
        this.#settings = part.settings;
        return;
      case 'contact':
        return this.#contacts.add(part.contact);
      case 'conversation':
        return this.#beginConversation(part);
      case 'message':
        if (this.#current === null) throw new P2pError('export-malformed');
        return this.#current === 'skipped' ? undefined : this.#current.add(part.message);
      case 'files':
        return this.#takeFiles(part.files);
      case 'file':
        return this.#takeFile(part);
    }
  }

  async #beginConversation({ contactId, cursors }: ExportPart & { kind: 'conversation' }): Promise<void> {
    await this.#endConversation();
    const id = this.#contacts.idHere(contactId);
    if (id === null) {
      this.#current = 'skipped';
      return;
    }
    if (this.#staged.has(id)) throw new P2pError('export-malformed');
    const place = importPlace(this.#id, this.#staged.size);
    const options = { contactId: id, there: cursors, place, incarnation: randomIncarnation() };
    this.#current = await StagedConversation.begin(this.#target.vault, options);
    this.#staged.set(id, this.#current);
  }

  async #endConversation(): Promise<void> {
    if (this.#current instanceof StagedConversation) await this.#current.end();
  }

  async #takeFiles(files: readonly ExportedFile[]): Promise<void> {
    if (this.#files.length > 0) throw new P2pError('export-malformed');
    if (files.length === 0) return;
    const store = await this.#target.files();
    const known = new Set((await store.list()).map(({ id }) => id));
    this.#files = files.map(({ id }) => id).filter(id => !known.has(id));
    this.#filesKnown = files.length - this.#files.length;
    this.#folders = await new FolderRepository(this.#target.vault).load();
    await this.#record();
  }

  async #takeFile({ file, bytes }: ExportPart & { kind: 'file' }): Promise<void> {
    if (!this.#files.includes(file.id)) return;
    const { id, name, mediaType, createdAtMs, sizeBytes, entries } = file;
    const folderId = this.#folderAt(file);
    const store = await this.#target.files();
    const writer = await store.create({
      id,
      name,
      mediaType,
      createdAtMs,
      entries,
      folderId,
      expectedBytes: sizeBytes,
    });
    try {
      for await (const part of bytes) {
        if (this.#target.signal.aborted) throw new P2pError('aborted');
        await writer.write(part);
      }
      await writer.commit();
    } catch (error) {
      await writer.abort();
      throw error;
    }
    this.#filesAdded += 1;
  }

  /** Its folder, by names; one that is not here is made with everything else. */
  #folderAt({ folders, createdAtMs }: ExportedFile): string | null {
    const { tree, id } = atPath(this.#folders, folders, { newId: newFolderId, createdAtMs });
    this.#folders = tree;
    return id;
  }

  /** Puts everything in force. */
  async finish(): Promise<ImportReport> {
    await this.#endConversation();
    if (this.#filesAdded < this.#files.length) throw new P2pError('export-malformed');
    const staged = [...this.#staged.values()];
    await this.#target.vault.update(async batch => {
      if (this.#contacts.isTaken && this.#profile !== null) {
        await this.#repository.put(batch, this.#profile);
        if (this.#settings !== null) await this.#repository.putSettings(batch, this.#settings);
        batch.deleteRange('invites', EVERY_NAME); // they name the identity that this device had until now
      }
      await this.#contacts.put(batch);
      for (const conversation of staged) conversation.put(batch);
      // It says where to look, by positions: those of before are nobody's loss, a message's own deadline decides.
      await (await ExpiryQueue.open(this.#target.vault)).addAll(batch, staged);
      batch.deleteRange('search', EVERY_NAME); // it knows messages by their positions
      if (this.#filesAdded > 0) await new FolderRepository(this.#target.vault).put(batch, this.#folders);
      await this.#repository.putImport(batch, null);
    });
    const sum = (of: (conversation: StagedConversation) => number): number =>
      staged.reduce((total, conversation) => total + of(conversation), 0);
    return {
      identity: this.#contacts.outcome,
      contactsAdded: this.#contacts.addedCount,
      messagesAdded: sum(({ addedCount }) => addedCount),
      messagesKnown: sum(({ knownCount }) => knownCount),
      filesAdded: this.#filesAdded,
      filesKnown: this.#filesKnown,
    };
  }
}
