/** What the page may ask about files that lie in the vault, beyond reading them: a part of EnkApi. */
export interface StoredFileApi {
  /**
   * SHA-256 of the contents, as `sha256sum` prints it: 64 hex digits. `path`: of a file in a folder. Reads all of it.
   * Rejects with `unknown-file`, `storage-corrupt`.
   */
  hashFile(params: { readonly fileId: string; readonly path?: string }): Promise<string>;
}
