/** Files and folders that the person deleted and can still have back. They are hidden at once, and deleted when the time is over. */
import type { FilesService } from '@enk/context';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import type { VaultItem } from './files.events.ts';

/** Time to change one's mind; the files are there until then. */
const UNDO_MS = 8_000;

interface Batch {
  readonly files: readonly VaultItem[];
  readonly timer: ReturnType<typeof setTimeout>;
}

export class LeavingFiles implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #service: () => FilesService | undefined;
  readonly #onFailed: (error: unknown) => void;
  #batches: readonly Batch[] = [];

  constructor(
    host: ReactiveControllerHost,
    { service, onFailed }: { service(): FilesService | undefined; onFailed(error: unknown): void },
  ) {
    this.#host = host;
    this.#service = service;
    this.#onFailed = onFailed;
    host.addController(this);
  }

  /** What was deleted is deleted, also when the page that shows it goes. */
  hostDisconnected(): void {
    for (const batch of this.#batches) this.#deleteNow(batch);
  }

  get hidden(): ReadonlySet<string> {
    return new Set(this.#batches.flatMap(({ files }) => files.map(({ id }) => id)));
  }

  /** What an undo brings back. */
  get last(): readonly VaultItem[] {
    return this.#batches.at(-1)?.files ?? [];
  }

  add(files: readonly VaultItem[]): void {
    if (files.length === 0) return;
    const batch: Batch = { files, timer: setTimeout(() => this.#deleteNow(batch), UNDO_MS) };
    this.#replace([...this.#batches, batch]);
  }

  undo(): void {
    const batch = this.#batches.at(-1);
    if (batch === undefined) return;
    clearTimeout(batch.timer);
    this.#replace(this.#batches.filter(other => other !== batch));
  }

  #deleteNow(batch: Batch): void {
    clearTimeout(batch.timer);
    const service = this.#service();
    const remove = async (): Promise<void> => {
      // What fails is shown again, for it is there.
      await Promise.all(batch.files.map(item => deleteItem(service, item)?.catch(this.#onFailed)));
      this.#replace(this.#batches.filter(other => other !== batch));
    };
    void remove();
  }

  #replace(batches: readonly Batch[]): void {
    this.#batches = batches;
    this.#host.requestUpdate();
  }
}

function deleteItem(
  service: FilesService | undefined,
  { id, isFolder }: VaultItem,
): Promise<unknown> | undefined {
  return isFolder ? service?.changeFolders({ kind: 'delete', folderId: id }) : service?.delete(id);
}
