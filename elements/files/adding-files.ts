/** Files and folders on their way into the vault: chosen, dropped or pasted, one after the other. */
import type { FilesService } from '@enk/context';
import { errorText } from '@enk/internal';
import type { ReactiveController, ReactiveControllerHost } from 'lit';
import { droppedItems, type Dropped } from './dropped-items.ts';

export class AddingFiles implements ReactiveController {
  readonly #host: ReactiveControllerHost;
  readonly #target: () => { readonly service: FilesService | undefined; readonly folderId: string | null };
  /** The name of what is being sealed; empty: nothing. */
  name = '';
  error = '';
  /** Something hangs over the list. */
  isOver = false;

  constructor(
    host: ReactiveControllerHost,
    target: () => { readonly service: FilesService | undefined; readonly folderId: string | null },
  ) {
    this.#host = host;
    this.#target = target;
    host.addController(this);
  }

  hostDisconnected(): void {
    this.isOver = false;
  }

  onDragOver(event: DragEvent): void {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    this.#hang(true);
  }

  onDragLeave(): void {
    this.#hang(false);
  }

  onDrop(event: DragEvent): void {
    this.#hang(false);
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    const dropped = droppedItems(event.dataTransfer);
    void dropped.then(items => this.add(items));
  }

  onPaste(event: ClipboardEvent): void {
    void this.add(files(event.clipboardData?.files ?? []));
  }

  /** What an input of files has, which is empty again then. */
  onChosen(event: Event): void {
    const input = event.currentTarget as HTMLInputElement;
    const chosen = [...(input.files ?? [])];
    input.value = '';
    const [first] = chosen;
    if (!first?.webkitRelativePath) return void this.add(files(chosen));
    const name = first.webkitRelativePath.split('/')[0] ?? first.name;
    const inside = (file: File): string => file.webkitRelativePath.slice(name.length + 1) || file.name;
    void this.add([{ kind: 'folder', name, files: chosen.map(file => ({ path: inside(file), file })) }]);
  }

  async add(items: readonly Dropped[]): Promise<void> {
    const { service, folderId } = this.#target();
    if (!service || items.length === 0) return;
    this.error = '';
    for (const item of items) {
      this.name = item.kind === 'file' ? item.file.name : item.name;
      this.#host.requestUpdate();
      try {
        if (item.kind === 'file') await service.add(item.file, folderId);
        else await service.addFolder(item.name, item.files, folderId);
      } catch (error) {
        this.error = errorText(error);
      }
    }
    this.name = '';
    this.#host.requestUpdate();
  }

  #hang(isOver: boolean): void {
    if (this.isOver === isOver) return;
    this.isOver = isOver;
    this.#host.requestUpdate();
  }
}

function files(list: Iterable<File>): readonly Dropped[] {
  return [...list].map(file => ({ kind: 'file', file }));
}
