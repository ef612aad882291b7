/** What the page may ask about files that lie in the vault, beyond reading them: a part of EnkApi. */

/** What is done to the folders of the vault. */
export type FolderChange =
  | { readonly kind: 'make'; readonly name: string; readonly parentId: string | null }
  | { readonly kind: 'rename'; readonly folderId: string; readonly name: string }
  /** `to` null: to the top. All of them, or none. */
  | {
      readonly kind: 'move';
      readonly fileIds: readonly string[];
      readonly folderIds: readonly string[];
      readonly to: string | null;
    }
  /** With everything in it. */
  | { readonly kind: 'delete'; readonly folderId: string };

export interface StoredFileApi {
  /**
   * Changes the folders; the id of one that was made, else null. Rejects with `unknown-folder`, `unknown-file`,
   * `too-many-folders`, `bad-request` (a folder into itself).
   */
  changeFolders(params: FolderChange): Promise<string | null>;
  /**
   * A small WebP or PNG of a raster image, made here once and kept sealed beside it; null where none is made: other
   * types, more than MAX_IMAGE_PIXELS, damaged, or too slow. Rejects with `unknown-file`.
   */
  getThumbnail(params: { readonly fileId: string }): Promise<Uint8Array | null>;
  /**
   * SHA-256 of the contents, as `sha256sum` prints it: 64 hex digits. `path`: of a file in a folder. Reads all of it.
   * Rejects with `unknown-file`, `storage-corrupt`.
   */
  hashFile(params: { readonly fileId: string; readonly path?: string }): Promise<string>;
}
