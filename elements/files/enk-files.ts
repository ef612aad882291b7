import {
  filesServiceContext,
  ServiceController,
  type FileView,
  type FilesSnapshot,
  type VaultFolder,
} from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  errorText,
  type EnkPreviewRequestEvent,
  PreviewController,
  fieldStyles,
  icon,
  strings,
} from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { AddingFiles } from './adding-files.ts';
import { crumbsView } from './crumbs-view.ts';
import { DraggedItems } from './dragged-items.ts';
import type { EnkFileRow } from './enk-file-row.ts';
import { filesStyles } from './enk-files.styles.ts';
import type { EnkFolderRow } from './enk-folder-row.ts';
import type { EnkNameGivenEvent } from './enk-name-form.ts';
import { fastSwitch } from './fast-switch.ts';
import { type FileSort, listFiles, listFolders } from './file-list.ts';
import { filesTools } from './files-tools.ts';
import {
  type EnkFileDeleteRequestEvent,
  type EnkFileMoveRequestEvent,
  EnkFileSelectEvent,
  type EnkMoveChosenEvent,
  type EnkPlaceRequestEvent,
  type VaultItem,
} from './files.events.ts';
import { LeavingFiles } from './leaving-files.ts';
import { all, extend, NOTHING, only, type Selection, toggle } from './selection.ts';
import { crumbs, folderPath, type Place, standing, TOP } from './vault-place.ts';

/**
 * The files of the vault, in folders, and their transfers: add (button, drop, paste), search, sort, preview, send, save,
 * rename, move, and delete one or many with undo, as a list or by pictures. Nothing opens or downloads by itself.
 */
export class EnkFiles extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, filesStyles];

  @state() private search = '';
  @state() private sort: FileSort = 'newest';
  @state() private error = '';
  @state() private selection: Selection = NOTHING;
  @state() private place: Place = TOP;
  @state() private isNaming = false;
  /** What a dialog asks about: where to? */
  @state() private moving: readonly VaultItem[] = [];
  /** How files are laid out: one a line, or by their pictures. */
  @property({ reflect: true }) layout: 'list' | 'grid' = 'list';

  readonly #files = new ServiceController(this, filesServiceContext);
  readonly #preview = new PreviewController(this, () => import('@enk/preview'));
  readonly #leaving = new LeavingFiles(this, {
    service: () => this.#files.service,
    onFailed: error => (this.error = errorText(error)),
  });
  readonly #adding = new AddingFiles(this, () => ({
    service: this.#files.service,
    folderId: this.place.folderId,
  }));
  readonly #dragged = new DraggedItems();

  protected override willUpdate(): void {
    if (this.#files.snapshot) this.place = standing(this.place, this.#files.snapshot);
    this.selection = only(
      this.selection,
      this.#listed().map(({ id }) => id),
    );
  }

  protected override render(): TemplateResult {
    const texts = strings().files;
    const { snapshot } = this.#files;
    if (!snapshot) return html`<p class="empty">${texts.notHere}</p>`;
    const error = this.error || this.#adding.error;
    return html`<div
      class=${this.#adding.isOver ? 'over' : ''}
      @dragover=${(event: DragEvent) => this.#adding.onDragOver(event)}
      @dragleave=${() => this.#adding.onDragLeave()}
      @drop=${(event: DragEvent) => this.#adding.onDrop(event)}
      @paste=${(event: ClipboardEvent) => this.#adding.onPaste(event)}
      @enk-file-delete-request=${({ item }: EnkFileDeleteRequestEvent) => this.#leaving.add([item])}
      @enk-file-move-request=${({ item }: EnkFileMoveRequestEvent) => (this.moving = [item])}
      @enk-place-request=${({ place }: EnkPlaceRequestEvent) => this.#go(place)}
      @enk-file-select=${this.#onSelect}
      @enk-preview-request=${(event: EnkPreviewRequestEvent) => void this.#onPreview(event)}
    >
      ${this.#tools()}
      ${this.#adding.name ? html`<p class="hint" role="status">${texts.adding(this.#adding.name)}</p>` : nothing}
      ${error ? html`<p class="error" role="alert" data-testid="files-error">${error}</p>` : nothing}
      ${this.#transfers(snapshot)} ${this.#stored(snapshot)}
      ${fastSwitch(snapshot.isFast, input => void this.#setFast(input))} ${this.#toast()}
      ${this.#preview.render()} ${this.#moveDialog()}
    </div>`;
  }

  #tools(): TemplateResult {
    const { search, sort, layout, isNaming } = this;
    return filesTools({
      ...{ search, sort, layout, isNaming },
      onSearch: text => (this.search = text),
      onSort: chosen => (this.sort = chosen),
      onLayout: chosen => (this.layout = chosen),
      onNaming: () => (this.isNaming = !this.isNaming),
      onChosen: event => this.#adding.onChosen(event),
    });
  }

  #transfers({ transfers }: FilesSnapshot): TemplateResult | typeof nothing {
    if (transfers.length === 0) return nothing;
    return html`<h2 id="transfers">${strings().files.transfers}</h2>
      <ul class="transfers" aria-labelledby="transfers">
        ${repeat(
          transfers.toReversed(),
          ({ id }) => id,
          transfer => html`<li><enk-transfer .transfer=${transfer}></enk-transfer></li>`,
        )}
      </ul>`;
  }

  #stored(snapshot: FilesSnapshot): TemplateResult | typeof nothing {
    if (!snapshot.isLoaded) return nothing;
    return html`<h2 id="stored">${strings().files.stored}</h2>
      ${this.#crumbs(snapshot)} ${this.#naming()} ${this.#selectionBar()} ${this.#list(snapshot)}`;
  }

  #crumbs(snapshot: FilesSnapshot): TemplateResult | typeof nothing {
    return crumbsView(crumbs(this.place, snapshot, strings().files.top), {
      go: place => this.#go(place),
      over: (event, { kept, folderId }) => kept === null && this.#dragged.over(event, folderId),
      drop: (event, { folderId }) => this.#onItemsDropped(event, folderId),
    });
  }

  #naming(): TemplateResult | typeof nothing {
    if (!this.isNaming) return nothing;
    const texts = strings().files;
    return html`<enk-name-form
      class="naming"
      name="folder-name"
      label=${texts.folderName}
      action=${texts.make}
      @enk-name-given=${({ value }: EnkNameGivenEvent) => this.#makeFolder(value)}
    ></enk-name-form>`;
  }

  #list(snapshot: FilesSnapshot): TemplateResult {
    const { kept } = this.place;
    const file = snapshot.files.find(({ id }) => id === kept?.fileId);
    if (kept !== null && file !== undefined && !this.#isSearching) {
      return html`<enk-kept-folder .file=${file} .path=${kept.path}></enk-kept-folder>`;
    }
    const [folders, files] = [this.#shownFolders(), this.#shown()];
    if (folders.length + files.length === 0) return this.#empty();
    return html`<ul class=${this.layout} aria-labelledby="stored" @keydown=${this.#onKeydown}>
      ${repeat(
        folders,
        ({ id }) => id,
        folder => this.#folderRow(folder),
      )}
      ${repeat(
        files,
        ({ id }) => id,
        item => this.#fileRow(item, snapshot),
      )}
    </ul>`;
  }

  #folderRow(folder: VaultFolder): TemplateResult {
    return html`<li
      draggable="true"
      @dragstart=${this.#onDragStart}
      @dragend=${() => this.#dragged.end()}
      @dragover=${(event: DragEvent) => this.#dragged.over(event, folder.id) && markTarget(event)}
      @dragleave=${markTarget}
      @drop=${(event: DragEvent) => this.#onItemsDropped(event, folder.id)}
    >
      <enk-folder-row
        .folder=${folder}
        layout=${this.layout}
        ?selected=${this.selection.ids.has(folder.id)}
      ></enk-folder-row>
    </li>`;
  }

  #fileRow(file: FileView, { folders }: FilesSnapshot): TemplateResult {
    const where = this.#isSearching ? (folderPath(folders, file.folderId).at(-1)?.name ?? '') : '';
    return html`<li draggable="true" @dragstart=${this.#onDragStart} @dragend=${() => this.#dragged.end()}>
      <enk-file-row
        .file=${file}
        .where=${where}
        layout=${this.layout}
        ?selected=${this.selection.ids.has(file.id)}
      ></enk-file-row>
    </li>`;
  }

  #empty(): TemplateResult {
    const texts = strings().files;
    const isTop = this.place.folderId === null;
    const [words, hint] = isTop ? [texts.empty, texts.emptyHint] : [texts.folderEmpty, texts.folderEmptyHint];
    return html`<div class="empty" data-testid="files-empty">
      <p>${this.#isSearching ? texts.nothingFound : words}</p>
      ${this.#isSearching ? nothing : html`<p>${hint}</p>`}
    </div>`;
  }

  #toast(): TemplateResult | typeof nothing {
    const [file, ...others] = this.#leaving.last;
    if (!file) return nothing;
    const texts = strings().files;
    return html`<div class="toast" role="status">
      <bdi
        >${others.length > 0 ? texts.deletedMany(others.length + 1) : texts[file.isFolder ? 'folderDeleted' : 'deleted'](file.name)}</bdi
      >
      <button
        class="button quiet"
        type="button"
        data-testid="files-undo"
        @click=${() => this.#leaving.undo()}
      >
        ${texts.undo}
      </button>
    </div>`;
  }

  #selectionBar(): TemplateResult | typeof nothing {
    const count = this.#chosen().length;
    if (count === 0) return nothing;
    const texts = strings().files;
    return html`<div class="selection" data-testid="files-selection">
      <span role="status">${texts.selected(count)}</span>
      <button
        class="button"
        type="button"
        data-testid="selection-move"
        @click=${() => (this.moving = this.#chosen())}
      >
        ${icon('folder-move', 16)} ${texts.move}
      </button>
      <button
        class="button danger"
        type="button"
        data-testid="selection-delete"
        @click=${() => this.#deleteChosen()}
      >
        ${icon('trash', 16)} ${texts.delete}
      </button>
      <button
        class="button quiet"
        type="button"
        data-testid="selection-clear"
        @click=${() => (this.selection = NOTHING)}
      >
        ${texts.clearSelection}
      </button>
    </div>`;
  }

  #moveDialog(): TemplateResult | typeof nothing {
    if (this.moving.length === 0) return nothing;
    return html`<enk-move-dialog
      .items=${this.moving}
      .from=${this.place.folderId}
      @enk-dialog-close-request=${() => (this.moving = [])}
      @enk-move-chosen=${({ to }: EnkMoveChosenEvent) => this.#move(this.moving, to)}
    ></enk-move-dialog>`;
  }

  /** A file of the list with its neighbours, or one of a folder with the others in it. */
  async #onPreview(event: EnkPreviewRequestEvent): Promise<void> {
    const { files = [], transfers = [] } = this.#files.snapshot ?? {};
    const known = transfers.find(({ fileId, isMine }) => fileId === event.fileId && !isMine);
    const claim = known && { claimedName: known.claimedName };
    const file = files.find(({ id }) => id === event.fileId);
    if (event.path !== undefined && file !== undefined) {
      const entries = (await this.#files.service?.listFolder(file.id)) ?? [];
      return this.#preview.answer(
        event,
        entries.map(entry => ({ ...file, entry })),
      );
    }
    const items = this.#shown().filter(({ fileCount }) => fileCount === null);
    await this.#preview.answer(
      event,
      items.map(item => (item === file ? { ...item, ...claim } : item)),
    );
  }

  get #isSearching(): boolean {
    return this.search.trim() !== '';
  }

  /** Files of this folder, or of all when somebody searches. */
  #shown(): readonly FileView[] {
    const { hidden } = this.#leaving;
    const { language } = strings();
    const { files = [] } = this.#files.snapshot ?? {};
    const here = this.#isSearching ? files : files.filter(({ folderId }) => folderId === this.place.folderId);
    return listFiles(here, { query: this.search, sort: this.sort, hidden, language });
  }

  #shownFolders(): readonly VaultFolder[] {
    const { hidden } = this.#leaving;
    const { language } = strings();
    const { folders = [] } = this.#files.snapshot ?? {};
    const here = this.#isSearching
      ? folders
      : folders.filter(({ parentId }) => parentId === this.place.folderId);
    return listFolders(here, { query: this.search, hidden, language });
  }

  /** All that can be chosen, in the order shown. */
  #listed(): readonly VaultItem[] {
    const folders = this.#shownFolders().map(({ id, name }) => ({ id, name, isFolder: true }));
    return [...folders, ...this.#shown().map(({ id, name }) => ({ id, name, isFolder: false }))];
  }

  // ---------------------------------------------------------------- folders

  #go(place: Place): void {
    this.place = place;
    this.search = '';
    this.isNaming = false;
    // Where the focus was is gone: it stands at the way here, then.
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>('.crumbs [aria-current]')?.focus(),
    );
  }

  #makeFolder(name: string | null): void {
    this.isNaming = false;
    if (name === null) return;
    const change = { kind: 'make', name, parentId: this.place.folderId } as const;
    void this.#intend(async () => this.#files.service?.changeFolders(change));
  }

  #move(items: readonly VaultItem[], to: string | null): void {
    this.moving = [];
    this.selection = NOTHING;
    const ids = (isFolder: boolean): string[] =>
      items.filter(item => item.isFolder === isFolder).map(({ id }) => id);
    const change = { kind: 'move', fileIds: ids(false), folderIds: ids(true), to } as const;
    void this.#intend(async () => this.#files.service?.changeFolders(change));
  }

  /** What is dragged is what is chosen, when the one that the pointer took is among it. */
  #onDragStart(event: DragEvent): void {
    const row = (event.currentTarget as Element).querySelector<EnkFileRow | EnkFolderRow>(
      'enk-file-row, enk-folder-row',
    );
    if (!row?.item) return;
    const chosen = this.#chosen();
    this.#dragged.start(event, chosen.some(({ id }) => id === row.item?.id) ? chosen : [row.item]);
  }

  #onItemsDropped(event: DragEvent, to: string | null): void {
    markTarget(event);
    const items = this.#dragged.drop(event);
    if (items.length > 0) this.#move(items, to);
  }

  async #intend(act: () => Promise<unknown>): Promise<void> {
    this.error = '';
    try {
      await act();
    } catch (error) {
      this.error = errorText(error);
    }
  }

  async #setFast(input: HTMLInputElement): Promise<void> {
    try {
      await this.#files.service?.setFast(input.checked);
    } catch (error) {
      this.error = errorText(error);
      input.checked = !input.checked;
    }
  }

  // ---------------------------------------------------------------- choosing and deleting

  #onSelect({ item, isRange }: EnkFileSelectEvent): void {
    const shown = this.#listed().map(({ id }) => id);
    this.selection = isRange ? extend(this.selection, item.id, shown) : toggle(this.selection, item.id);
  }

  /** Of the list: all, none, away with them, and from box to box. */
  #onKeydown(event: KeyboardEvent): void {
    const [target] = event.composedPath();
    const isBox = target instanceof HTMLInputElement && target.type === 'checkbox';
    if (target instanceof HTMLInputElement && !isBox) return;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === 'a') this.selection = all(this.#listed().map(({ id }) => id));
    else if (event.key === 'Escape' && this.#chosen().length > 0) this.selection = NOTHING;
    else if (event.key === 'Delete' && this.#chosen().length > 0) this.#deleteChosen();
    else if (isBox && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) this.#step(event);
    else return;
    event.preventDefault();
  }

  #step(event: KeyboardEvent): void {
    const rows = [
      ...this.renderRoot.querySelectorAll<EnkFileRow | EnkFolderRow>('enk-folder-row, enk-file-row'),
    ];
    const at = rows.indexOf(event.target as EnkFileRow);
    const next = rows[at + (event.key === 'ArrowDown' ? 1 : -1)];
    next?.focusBox();
    if (event.shiftKey && next?.item) this.#onSelect(new EnkFileSelectEvent(next.item, true));
  }

  #chosen(): readonly VaultItem[] {
    return this.#listed().filter(({ id }) => this.selection.ids.has(id));
  }

  #deleteChosen(): void {
    this.#leaving.add(this.#chosen());
    this.selection = NOTHING;
  }
}

/** Shows over which folder something hangs. */
function markTarget({ type, currentTarget }: DragEvent): void {
  (currentTarget as Element).classList.toggle('target', type === 'dragover');
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-files': EnkFiles;
  }
}
