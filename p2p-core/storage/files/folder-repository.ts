/** The folders of the vault: one sealed record, so that each change of the tree is whole. P2P-FIL-09. */
import * as v from 'valibot';
import type { FolderTree } from '../../files/folder-tree.ts';
import { encodeBase64Url } from '../base64url.ts';
import { parseRecord } from '../records.ts';
import type { Vault, WriteBatch } from '../vault.ts';

const FoldersSchema = v.array(
  v.strictObject({
    id: v.string(),
    name: v.string(),
    parentId: v.nullable(v.string()),
    createdAtMs: v.pipe(v.number(), v.finite()),
  }),
);

export class FolderRepository {
  readonly #vault: Vault;

  constructor(vault: Vault) {
    this.#vault = vault;
  }

  /** In the order they were made. */
  async load(): Promise<FolderTree> {
    const record = await this.#vault.get('settings', await this.#name());
    return record === undefined ? [] : parseRecord(FoldersSchema, record);
  }

  async put(batch: WriteBatch, tree: FolderTree): Promise<void> {
    if (tree.length === 0) batch.delete('settings', await this.#name());
    else batch.put('settings', await this.#name(), tree);
  }

  #name(): ReturnType<Vault['name']> {
    return this.#vault.name('settings', 'folders');
  }
}

/** 128 random bits: it says nothing about what it names. */
export function newFolderId(): string {
  return encodeBase64Url(crypto.getRandomValues(new Uint8Array(16)));
}
