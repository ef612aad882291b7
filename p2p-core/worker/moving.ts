/** Export and import of the open profile: one at a time, with progress for the page, and a way to stop. */
import { P2pError } from '../errors.ts';
import { dropImport } from '../moving/drop-import.ts';
import { movingError, readExportFile, writeExport } from '../moving/export-file.ts';
import { importVault } from '../moving/import-vault.ts';
import { removeExports } from '../storage/export-folder.ts';
import type { ImportReport, MovingView } from './api.ts';
import type { EnkParams } from './messages.ts';
import type { OpenProfile } from './open-profile.ts';

/** Progress is told after so many bytes more: some times a second. */
const TELL_EVERY_BYTES = 4 * 1024 * 1024;

export class Moving {
  readonly #profile: OpenProfile;
  readonly #announce: (moving: MovingView | null) => void;
  #running: { readonly abort: AbortController; readonly ended: Promise<unknown> } | null = null;
  /** True from the moment an import has ended the sessions until they begin again. */
  #isImporting = false;

  constructor(profile: OpenProfile, announce: (moving: MovingView | null) => void) {
    this.#profile = profile;
    this.#announce = announce;
  }

  /** While it is, nothing else may be asked of the profile: what it would answer or store is about to be replaced. */
  get isImporting(): boolean {
    return this.#isImporting;
  }

  /** What a crash left of an import goes, and exports that were not fetched. */
  async recover(): Promise<void> {
    const hasDropped = await dropImport(this.#profile.vault, () => this.#profile.files.store());
    if (hasDropped) await this.#profile.announceFiles(); // files of it may have been told when their store opened
    // One that stays is sealed, and the next export replaces it: no reason not to open.
    removeExports(this.#profile.vault.keyring.profile).catch(() => undefined);
  }

  exportVault({ key, contactId, to }: EnkParams<'exportVault'>): Promise<File | null> {
    const { vault, book, clock } = this.#profile;
    if (contactId !== undefined) book.get(contactId);
    return this.#run('export', null, async (signal, onProgress) => {
      const nowMs = clock.nowMs();
      const hasFiles = contactId === undefined && (await vault.count('files')) > 0;
      const files = hasFiles ? await this.#profile.files.store() : null;
      const source = { vault, files, contactId: contactId ?? null, nowMs };
      const destination = { profile: vault.keyring.profile, to: to ?? null };
      const file = await writeExport(source, key, { ...destination, signal, onProgress });
      if (contactId === undefined) await this.#profile.noteExport(nowMs);
      return file;
    });
  }

  importVault({ file, secret }: EnkParams<'importVault'>): Promise<ImportReport> {
    return this.#run('import', file.size, async (signal, onProgress) => {
      // A wrong passphrase ends no session.
      const plaintext = await readExportFile(file, secret, { signal, onProgress });
      this.#isImporting = true;
      try {
        return await this.#profile.restartAfter(() => this.#import(plaintext, signal));
      } finally {
        this.#isImporting = false;
      }
    });
  }

  async #import(plaintext: ReadableStream<Uint8Array>, signal: AbortSignal): Promise<ImportReport> {
    const { vault, identity } = this.#profile;
    const target = { vault, ownKey: identity.identityKey, files: () => this.#profile.files.store(), signal };
    try {
      return await importVault(target, plaintext);
    } catch (cause) {
      throw movingError(cause, signal);
    }
  }

  cancel(): void {
    this.#running?.abort.abort();
  }

  /** Stops what is under way, and resolves when it has ended. */
  async stop(): Promise<void> {
    this.cancel();
    await this.#running?.ended;
  }

  #run<R>(
    kind: MovingView['kind'],
    totalBytes: number | null,
    work: (signal: AbortSignal, onProgress: (doneBytes: number) => void) => Promise<R>,
  ): Promise<R> {
    if (this.#running !== null) return Promise.reject(new P2pError('moving-already'));
    const abort = new AbortController();
    const result = this.#told(kind, totalBytes, onProgress => work(abort.signal, onProgress));
    this.#running = { abort, ended: result.catch(() => undefined) }; // who asked gets the error
    return result;
  }

  async #told<R>(
    kind: MovingView['kind'],
    totalBytes: number | null,
    work: (onProgress: (doneBytes: number) => void) => Promise<R>,
  ): Promise<R> {
    let told = 0;
    const tell = (doneBytes: number): void => {
      told = doneBytes;
      this.#announce({ kind, doneBytes, totalBytes });
    };
    tell(0);
    try {
      return await work(doneBytes => {
        if (doneBytes - told >= TELL_EVERY_BYTES) tell(doneBytes);
      });
    } finally {
      this.#running = null;
      this.#announce(null);
    }
  }
}
