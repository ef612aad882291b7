import { filesServiceContext, ServiceController, type VaultFolder } from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  byteText,
  errorText,
  fieldStyles,
  fullTime,
  icon,
  strings,
} from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { fileRowStyles } from './enk-files.styles.ts';
import type { EnkNameGivenEvent } from './enk-name-form.ts';
import {
  EnkFileDeleteRequestEvent,
  EnkFileMoveRequestEvent,
  EnkFileSelectEvent,
  EnkPlaceRequestEvent,
  type VaultItem,
} from './files.events.ts';
import { folderPath, inFolder, totals } from './vault-place.ts';

/**
 * One folder of the vault, as one line or one card.
 *
 * @event enk-place-request - The person opens it.
 * @event enk-file-move-request - The person wants it elsewhere.
 * @event enk-file-delete-request - The person wants it deleted, with what is in it.
 * @event enk-file-select - The person chose it among others.
 */
export class EnkFolderRow extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, fileRowStyles];

  @property({ attribute: false }) folder: VaultFolder | undefined;
  @property({ type: Boolean, reflect: true }) selected = false;
  @property({ reflect: true }) layout: 'list' | 'grid' = 'list';
  @state() private panel: 'none' | 'rename' | 'properties' = 'none';
  @state() private error = '';

  readonly #files = new ServiceController(this, filesServiceContext);

  protected override render(): TemplateResult | typeof nothing {
    const { folder } = this;
    const { snapshot } = this.#files;
    if (!folder || !snapshot) return nothing;
    const texts = strings().files;
    const item: VaultItem = { id: folder.id, name: folder.name, isFolder: true };
    const { files, sizeBytes } = totals(snapshot, folder.id);
    const facts = this.layout === 'list' ? [texts.count(files), byteText(sizeBytes)] : [texts.count(files)];
    return html`<div class="row" data-testid="folder">
        <input
          class="box"
          type="checkbox"
          data-testid="file-select"
          aria-label=${texts.select(folder.name)}
          .checked=${this.selected}
          @click=${(event: MouseEvent) => this.#select(event, item)}
        />
        <span class="mark sign">${icon('folder', this.layout === 'grid' ? 32 : 20)}</span>
        <div>
          <button class="name" type="button" data-testid="folder-open" @click=${() => this.#open(folder)}>
            <bdi data-testid="folder-name">${folder.name}</bdi>
          </button>
          <div class="facts">${facts.join(' · ')}</div>
          ${this.error ? html`<p class="error" role="alert" data-testid="file-error">${this.error}</p>` : nothing}
        </div>
        <div class="actions">
          ${this.#button('info', 'properties', texts.properties, () => this.#toggle('properties'))}
          ${this.#button('folder-move', 'move', texts.move, () => this.dispatchEvent(new EnkFileMoveRequestEvent(item)))}
          ${this.#button('edit', 'rename', texts.rename, () => this.#toggle('rename'))}
          ${this.#button('trash', 'delete', texts.delete, () => this.dispatchEvent(new EnkFileDeleteRequestEvent(item)))}
        </div>
      </div>
      ${this.#panel(folder)}`;
  }

  /** Moves the focus to its box. */
  focusBox(): void {
    this.renderRoot.querySelector<HTMLElement>('.box')?.focus();
  }

  get item(): VaultItem | null {
    const { folder } = this;
    return folder ? { id: folder.id, name: folder.name, isFolder: true } : null;
  }

  #select(event: MouseEvent, item: VaultItem): void {
    const box = event.currentTarget as HTMLInputElement;
    this.dispatchEvent(new EnkFileSelectEvent(item, event.shiftKey));
    void this.updateComplete.then(() => (box.checked = this.selected));
  }

  #button(name: Parameters<typeof icon>[0], testId: string, label: string, act: () => void): TemplateResult {
    return html`<button
      class="icon-button"
      type="button"
      data-testid="folder-${testId}"
      aria-label="${label}: ${this.folder?.name ?? ''}"
      title=${label}
      @click=${act}
    >
      ${icon(name)}
    </button>`;
  }

  #panel(folder: VaultFolder): TemplateResult | typeof nothing {
    const texts = strings().files;
    if (this.panel === 'rename') {
      return html`<enk-name-form
        class="panel"
        name="rename"
        label=${texts.renameLabel}
        action=${strings().common.save}
        .value=${folder.name}
        @enk-name-given=${({ value }: EnkNameGivenEvent) => void this.#rename(folder, value)}
      ></enk-name-form>`;
    }
    return this.panel === 'properties' ? this.#properties(folder) : nothing;
  }

  #properties(folder: VaultFolder): TemplateResult | typeof nothing {
    const { snapshot } = this.#files;
    if (!snapshot) return nothing;
    const { facts, top, count } = strings().files;
    const inside = totals(snapshot, folder.id);
    const where = folderPath(snapshot.folders, folder.parentId).map(({ name }) => name);
    const fact = (label: string, value: string): TemplateResult =>
      html`<div>
        <dt>${label}</dt>
        <dd><bdi>${value}</bdi></dd>
      </div>`;
    return html`<dl class="panel" data-testid="folder-facts">
      ${fact(facts.files, count(inside.files))} ${fact(facts.folders, String(inside.folders))}
      ${fact(facts.size, byteText(inside.sizeBytes))} ${fact(facts.place, [top, ...where].join(' › '))}
      ${fact(facts.made, fullTime(folder.createdAtMs))}
    </dl>`;
  }

  #toggle(panel: 'rename' | 'properties'): void {
    this.panel = this.panel === panel ? 'none' : panel;
  }

  #open({ id }: VaultFolder): void {
    this.dispatchEvent(new EnkPlaceRequestEvent(inFolder(id)));
  }

  async #rename({ id }: VaultFolder, name: string | null): Promise<void> {
    this.panel = 'none';
    this.error = '';
    try {
      if (name !== null) await this.#files.service?.changeFolders({ kind: 'rename', folderId: id, name });
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-folder-row': EnkFolderRow;
  }
}
