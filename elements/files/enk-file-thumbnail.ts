import { filesServiceContext, ServiceController, type FilesService, type FileView } from '@enk/context';
import { baseStyles, icon } from '@enk/internal';
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';

/** Larger pictures are not read for a thumbnail. */
const MAX_IMAGE_BYTES = 25_000_000;
/** Pixels of a side: sharp on dense screens, small in memory. */
const SIDE_PX = 320;

/** One picture at a time: decoding is what costs. */
let turn: Promise<void> = Promise.resolve();

/**
 * A small picture of a file, made on this device when it comes into view and never stored. Only raster images by content
 * are drawn; everything else has its sign. Decorative: the name stands beside it.
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
      canvas,
      svg {
        grid-area: 1 / 1;
      }
      canvas {
        inline-size: 100%;
        block-size: 100%;
        object-fit: cover;
      }
      canvas[hidden] {
        display: none;
      }
    `,
  ];

  @property({ attribute: false }) file: FileView | undefined;
  @state() private isDrawn = false;
  @query('canvas') private readonly canvas!: HTMLCanvasElement;
  readonly #files = new ServiceController(this, filesServiceContext);
  #watcher: IntersectionObserver | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    this.#watch();
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#watcher?.disconnect();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.get('file') === undefined || changed.get('file')?.id === this.file?.id) return;
    this.isDrawn = false;
    this.#watch();
  }

  protected override render(): TemplateResult {
    const isFolder = this.file !== undefined && this.file.fileCount !== null;
    return html`<canvas aria-hidden="true" ?hidden=${!this.isDrawn} data-testid="thumbnail"></canvas>
      ${this.isDrawn ? nothing : icon(isFolder ? 'folder' : 'file')}`;
  }

  #watch(): void {
    this.#watcher?.disconnect();
    this.#watcher = new IntersectionObserver(entries => {
      const { service } = this.#files;
      if (!service || !entries.some(({ isIntersecting }) => isIntersecting)) return;
      this.#watcher?.disconnect();
      turn = turn.then(() => this.#draw(service));
    });
    this.#watcher.observe(this);
  }

  /** Resolves in every case: a thumbnail that cannot be made is none. */
  async #draw(files: FilesService): Promise<void> {
    const { file } = this;
    if (!this.isConnected || !file || file.fileCount !== null || file.sizeBytes > MAX_IMAGE_BYTES) return;
    try {
      const { isSafeImage, detectedType } = await files.inspect(file.id);
      if (!isSafeImage || detectedType === null) return;
      const blob = await files.read(file, detectedType);
      const bitmap = await createImageBitmap(blob, { resizeWidth: SIDE_PX, resizeQuality: 'medium' });
      if (this.file === file && this.isConnected) this.#show(bitmap);
      bitmap.close();
    } catch {
      return; // damaged, or deleted meanwhile: its sign stays
    }
  }

  /** The middle of the picture, as a square. */
  #show(bitmap: ImageBitmap): void {
    const side = Math.min(bitmap.width, bitmap.height);
    this.canvas.width = this.canvas.height = SIDE_PX;
    const [x, y] = [(bitmap.width - side) / 2, (bitmap.height - side) / 2];
    this.canvas.getContext('2d')?.drawImage(bitmap, x, y, side, side, 0, 0, SIDE_PX, SIDE_PX);
    this.isDrawn = true;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-file-thumbnail': EnkFileThumbnail;
  }
}
