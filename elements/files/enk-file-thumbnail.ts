import { filesServiceContext, ServiceController, type FilesService, type FileView } from '@enk/context';
import { baseStyles, icon } from '@enk/internal';
import { css, html, LitElement, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';

/**
 * A small picture of a file, which the vault makes once and keeps sealed; asked for when it comes into view. What has
 * none has its sign. Decorative: the name stands beside it.
 */
export class EnkFileThumbnail extends LitElement {
  static override styles = [
    ...baseStyles,
    css`
      :host {
        display: grid;
        place-items: center;
        overflow: hidden;
        border-radius: var(--_radius);
        background: var(--_hover);
        color: var(--_text-muted);
      }
      img {
        inline-size: 100%;
        block-size: 100%;
        object-fit: cover;
      }
    `,
  ];

  @property({ attribute: false }) file: FileView | undefined;
  @state() private url = '';
  readonly #files = new ServiceController(this, filesServiceContext);
  #watcher: IntersectionObserver | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watcher?.disconnect();
    this.#drop();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.get('file') === undefined || changed.get('file')?.id === this.file?.id) return;
    this.#drop();
    this.#watch();
  }

  protected override render(): TemplateResult {
    const isFolder = this.file !== undefined && this.file.fileCount !== null;
    return this.url
      ? html`<img src=${this.url} alt="" data-testid="thumbnail" />`
      : icon(isFolder ? 'folder' : 'file');
  }

  #watch(): void {
    this.#watcher?.disconnect();
    this.#watcher = new IntersectionObserver(entries => {
      const { service } = this.#files;
      if (!service || !entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#watcher?.disconnect();
      void this.#load(service);
    });
    this.#watcher.observe(this);
  }

  /** A thumbnail that cannot be made is none. */
  async #load(files: FilesService): Promise<void> {
    const { file } = this;
    if (!file || file.fileCount !== null) return;
    const small = await files.thumbnail(file.id).catch(() => null); // damaged, or deleted meanwhile: its sign stays
    if (small !== null && this.isConnected && this.file?.id === file.id) this.#show(small);
  }

  #show(small: Blob): void {
    this.#drop();
    this.url = URL.createObjectURL(small);
  }

  #drop(): void {
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = '';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-file-thumbnail': EnkFileThumbnail;
  }
}
