import { filesServiceContext, ServiceController, type FileView, type FilesSnapshot } from '@enk/context';
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
import { property, query, state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { type EnkFileDeleteRequestEvent, type EnkFileRow, EnkFileSelectEvent } from './enk-file-row.ts';
import { filesStyles } from './enk-files.styles.ts';
import { FILE_SORTS, type FileSort, listFiles } from './file-list.ts';
import { LeavingFiles } from './leaving-files.ts';
import { all, extend, NOTHING, only, type Selection, toggle } from './selection.ts';

/**
 * The files of the vault and their transfers: add (button, drop, paste), search, sort, preview, send, save, rename, and
 * delete one or many with undo, as a list or by pictures. Nothing opens or downloads by itself.
 */
export class EnkFiles extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, filesStyles];

  @query('input[data-testid="files-input"]') private readonly picker!: HTMLInputElement;
  @query('input[data-testid="folder-input"]') private readonly folderPicker!: HTMLInputElement;
  @state() private search = '';
  @state() private sort: FileSort = 'newest';
  @state() private adding = '';
  @state() private error = '';
  @state() private isOver = false;
  @state() private selection: Selection = NOTHING;
  /** How files are laid out: one a line, or by their pictures. */
  @property({ reflect: true }) layout: 'list' | 'grid' = 'list';

  readonly #files = new ServiceController(this, filesServiceContext);
  readonly #preview = new PreviewController(this, () => import('@enk/preview'));
  readonly #leaving = new LeavingFiles(this, {
    service: () => this.#files.service,
    onFailed: error => (this.error = errorText(error)),
  });

  protected override willUpdate(): void {
    this.selection = only(
      this.selection,
      this.#shown().map(({ id }) => id),
    );
  }

  protected override render(): TemplateResult {
    const texts = strings().files;
    const { snapshot } = this.#files;
    if (!snapshot) return html`<p class="empty">${texts.notHere}</p>`;
    return html`<div
      class=${this.isOver ? 'over' : ''}
      @dragover=${this.#onDragOver}
      @dragleave=${() => (this.isOver = false)}
      @drop=${this.#onDrop}
      @paste=${this.#onPaste}
      @enk-file-delete-request=${({ file }: EnkFileDeleteRequestEvent) => this.#leaving.add([file])}
      @enk-file-select=${this.#onSelect}
      @enk-preview-request=${(event: EnkPreviewRequestEvent) => void this.#onPreview(event)}
    >
      ${this.#tools()}
      ${this.adding ? html`<p class="hint" role="status">${texts.adding(this.adding)}</p>` : nothing}
      ${this.error ? html`<p class="error" role="alert" data-testid="files-error">${this.error}</p>` : nothing}
      ${this.#transfers(snapshot)} ${this.#stored(snapshot)} ${this.#fast(snapshot)} ${this.#toast()}
      ${this.#preview.render()}
    </div>`;
  }

  #tools(): TemplateResult {
    const texts = strings().files;
    return html`<div class="tools">
      <button
        class="button primary"
        type="button"
        data-testid="files-add"
        @click=${() => this.picker.click()}
      >
        ${icon('plus', 16)} ${texts.add}
      </button>
      <button
        class="button"
        type="button"
        data-testid="files-add-folder"
        @click=${() => this.folderPicker.click()}
      >
        ${icon('folder', 16)} ${texts.addFolder}
      </button>
      ${this.#layoutButton()}
      <input
        class="input search"
        type="search"
        data-testid="files-search"
        aria-label=${texts.search}
        placeholder=${texts.search}
        .value=${this.search}
        @input=${(event: InputEvent) => (this.search = (event.target as HTMLInputElement).value)}
      />
      <select
        class="input sort"
        data-testid="files-sort"
        aria-label=${texts.sort}
        @change=${(event: Event) => (this.sort = (event.target as HTMLSelectElement).value as FileSort)}
      >
        ${FILE_SORTS.map(sort => html`<option value=${sort} ?selected=${sort === this.sort}>${texts.sorts[sort]}</option>`)}
      </select>
      <input
        type="file"
        multiple
        hidden
        data-testid="files-input"
        aria-label=${texts.add}
        @change=${this.#onChosen}
      />
      <input
        type="file"
        webkitdirectory
        hidden
        data-testid="folder-input"
        aria-label=${texts.addFolder}
        @change=${this.#onFolder}
      />
    </div>`;
  }

  #layoutButton(): TemplateResult {
    const texts = strings().files;
    const isGrid = this.layout === 'grid';
    const label = isGrid ? texts.asList : texts.asGrid;
    return html`<button
      class="button layout"
      type="button"
      data-testid="files-layout"
      aria-label=${label}
      title=${label}
      @click=${() => (this.layout = isGrid ? 'list' : 'grid')}
    >
      ${icon(isGrid ? 'list' : 'grid', 16)}
    </button>`;
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

  #stored({ isLoaded }: FilesSnapshot): TemplateResult | typeof nothing {
    const texts = strings().files;
    if (!isLoaded) return nothing;
    const shown = this.#shown();
    if (shown.length === 0) {
      const isEmpty = this.search.trim() === '';
      return html`<div class="empty" data-testid="files-empty">
        <p>${isEmpty ? texts.empty : texts.nothingFound}</p>
        ${isEmpty ? html`<p>${texts.emptyHint}</p>` : nothing}
      </div>`;
    }
    return html`<h2 id="stored">${texts.stored}</h2>
      ${this.#selectionBar()}
      <ul class=${this.layout} aria-labelledby="stored" @keydown=${this.#onKeydown}>
        ${repeat(
          shown,
          ({ id }) => id,
          file =>
            html`<li>
              <enk-file-row
                .file=${file}
                layout=${this.layout}
                ?selected=${this.selection.ids.has(file.id)}
              ></enk-file-row>
            </li>`,
        )}
      </ul>`;
  }

  #fast({ isFast }: FilesSnapshot): TemplateResult {
    const texts = strings().files;
    return html`<div class="switch">
      <input
        type="checkbox"
        id="fast"
        data-testid="files-fast"
        aria-describedby="fast-hint"
        .checked=${isFast}
        @change=${(event: Event) => void this.#setFast(event.target as HTMLInputElement)}
      />
      <label for="fast">${texts.fast}</label>
      <p class="hint" id="fast-hint">${texts.fastHint}</p>
    </div>`;
  }

  #toast(): TemplateResult | typeof nothing {
    const [file, ...others] = this.#leaving.last;
    if (!file) return nothing;
    const texts = strings().files;
    return html`<div class="toast" role="status">
      <bdi>${others.length === 0 ? texts.deleted(file.name) : texts.deletedMany(others.length + 1)}</bdi>
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

  #shown(): readonly FileView[] {
    const { hidden } = this.#leaving;
    const { language } = strings();
    const files = this.#files.snapshot?.files ?? [];
    return listFiles(files, { query: this.search, sort: this.sort, hidden, language });
  }

  // ---------------------------------------------------------------- adding

  #onChosen(): void {
    const files = [...(this.picker.files ?? [])];
    this.picker.value = '';
    void this.#add(files);
  }

  #onFolder(): void {
    const files = [...(this.folderPicker.files ?? [])];
    this.folderPicker.value = '';
    const [first] = files;
    if (!first) return;
    const name = first.webkitRelativePath.split('/')[0] ?? first.name;
    const inside = (file: File): string => file.webkitRelativePath.slice(name.length + 1) || file.name;
    void this.#attempt(name, () =>
      this.#files.service?.addFolder(
        name,
        files.map(file => ({ path: inside(file), file })),
      ),
    );
  }

  #onDragOver(event: DragEvent): void {
    if (event.dataTransfer?.types.includes('Files') !== true) return;
    event.preventDefault();
    this.isOver = true;
  }

  #onDrop(event: DragEvent): void {
    this.isOver = false;
    const files = [...(event.dataTransfer?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    void this.#add(files);
  }

  #onPaste(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) void this.#add(files);
  }

  async #add(files: readonly File[]): Promise<void> {
    for (const file of files) await this.#attempt(file.name, () => this.#files.service?.add(file));
  }

  async #attempt(name: string, work: () => Promise<unknown> | undefined): Promise<void> {
    this.adding = name;
    this.error = '';
    try {
      await work();
    } catch (error) {
      this.error = errorText(error);
    }
    this.adding = '';
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

  #onSelect({ file, isRange }: EnkFileSelectEvent): void {
    const shown = this.#shown().map(({ id }) => id);
    this.selection = isRange ? extend(this.selection, file.id, shown) : toggle(this.selection, file.id);
  }

  /** Of the list: all, none, away with them, and from box to box. */
  #onKeydown(event: KeyboardEvent): void {
    const [target] = event.composedPath();
    const isBox = target instanceof HTMLInputElement && target.type === 'checkbox';
    if (target instanceof HTMLInputElement && !isBox) return;
    const isCommand = event.ctrlKey || event.metaKey;
    if (isCommand && event.key === 'a') this.selection = all(this.#shown().map(({ id }) => id));
    else if (event.key === 'Escape' && this.#chosen().length > 0) this.selection = NOTHING;
    else if (event.key === 'Delete' && this.#chosen().length > 0) this.#deleteChosen();
    else if (isBox && (event.key === 'ArrowDown' || event.key === 'ArrowUp')) this.#step(event);
    else return;
    event.preventDefault();
  }

  #step(event: KeyboardEvent): void {
    const rows = [...this.renderRoot.querySelectorAll('enk-file-row')];
    const at = rows.indexOf(event.target as EnkFileRow);
    const next = rows[at + (event.key === 'ArrowDown' ? 1 : -1)];
    next?.focusBox();
    if (event.shiftKey && next?.file) this.#onSelect(new EnkFileSelectEvent(next.file, true));
  }

  #chosen(): readonly FileView[] {
    return this.#shown().filter(({ id }) => this.selection.ids.has(id));
  }

  #deleteChosen(): void {
    this.#leaving.add(this.#chosen());
    this.selection = NOTHING;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-files': EnkFiles;
  }
}
