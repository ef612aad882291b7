import { filesServiceContext, ServiceController, type FileView, type FolderEntry } from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  byteText,
  EnkPreviewRequestEvent,
  errorText,
  icon,
  strings,
} from '@enk/internal';
import { css, html, LitElement, type nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { fileRowStyles } from './enk-files.styles.ts';
import { EnkPlaceRequestEvent } from './files.events.ts';
import { inKept, level } from './vault-place.ts';

/**
 * One level of a folder that came as one and is kept as one: its folders lead further, its files are looked at or saved.
 *
 * @event enk-place-request - The person goes into a folder of it.
 * @event enk-preview-request - Somebody wants to see a file in it.
 */
export class EnkKeptFolder extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    fileRowStyles,
    css`
      :host {
        container-type: inline-size;
      }
      :host(:hover) {
        background: none;
      }
      ul {
        margin: 0;
        padding: 0;
        list-style: none;
      }
      .row {
        grid-template-columns: auto minmax(0, 1fr) auto;
        border-radius: var(--_radius);
      }
      .row:hover {
        background: var(--_hover);
      }
      .hint {
        padding: 0 8px 8px;
        color: var(--_text-muted);
        font-size: var(--_size-small);
      }
    `,
  ];

  @property({ attribute: false }) file: FileView | undefined;
  @property() path = '';
  @state() private entries: readonly FolderEntry[] | null = null;
  @state() private error = '';
  readonly #files = new ServiceController(this, filesServiceContext);
  #loaded: string | undefined;

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('file') && changed.get('file')?.id !== this.file?.id) this.entries = null;
  }

  protected override updated(): void {
    const { file } = this;
    const { service } = this.#files;
    if (!file || !service || this.#loaded === file.id) return;
    this.#loaded = file.id;
    void this.#attempt(async () => {
      const entries = await service.listFolder(file.id);
      if (this.file?.id === file.id) this.entries = entries;
    });
  }

  protected override render(): TemplateResult | typeof nothing {
    const { file, entries, path } = this;
    const { files: texts, preview } = strings();
    if (this.error) return html`<p class="error" role="alert" data-testid="file-error">${this.error}</p>`;
    if (!file || entries === null) return html`<p class="hint" role="status">${preview.loading}</p>`;
    const { folders, files } = level(entries, path);
    return html`<p class="hint">${texts.kept}</p>
      <ul aria-label=${texts.thisFolder(file.name)}>
        ${folders.map(name => this.#folder(file, name))} ${files.map(entry => this.#entry(file, entry))}
      </ul>`;
  }

  #folder(file: FileView, name: string): TemplateResult {
    const path = this.path === '' ? name : `${this.path}/${name}`;
    const count = this.entries?.filter(entry => entry.path.startsWith(`${path}/`)).length ?? 0;
    const go = (): boolean =>
      this.dispatchEvent(new EnkPlaceRequestEvent(inKept(file.folderId, file.id, path)));
    return html`<li class="row" data-testid="kept-folder">
      <span class="mark sign">${icon('folder')}</span>
      <div>
        <button class="name" type="button" data-testid="kept-folder-open" @click=${go}>
          <bdi>${name}</bdi>
        </button>
        <div class="facts">${strings().files.count(count)}</div>
      </div>
    </li>`;
  }

  #entry(file: FileView, entry: FolderEntry): TemplateResult {
    const texts = strings().files;
    const name = entry.path.slice(entry.path.lastIndexOf('/') + 1);
    return html`<li class="row">
      <span class="mark sign">${icon('file')}</span>
      <div>
        <button
          class="name"
          type="button"
          data-testid="entry-open"
          @click=${() => this.dispatchEvent(new EnkPreviewRequestEvent(file.id, entry.path))}
        >
          <bdi>${name}</bdi>
        </button>
        <div class="facts">${byteText(entry.sizeBytes)}</div>
      </div>
      <div class="actions">
        <button
          class="icon-button"
          type="button"
          data-testid="entry-save"
          aria-label="${texts.save}: ${name}"
          title=${texts.save}
          @click=${() => void this.#attempt(async () => this.#files.service?.save(file, entry))}
        >
          ${icon('download')}
        </button>
      </div>
    </li>`;
  }

  async #attempt(act: () => Promise<unknown>): Promise<void> {
    this.error = '';
    try {
      await act();
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-kept-folder': EnkKeptFolder;
  }
}
