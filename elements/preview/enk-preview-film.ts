import { baseStyles, byteText, errorText, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { FilmPlayer } from './media/film-player.ts';
import type { ByteSource } from './preview-item.ts';

/** Held in memory as a whole: what is small, and what this browser cannot stream. Larger blobs it writes to the disk. */
export const MAX_WHOLE_BYTES = 64_000_000;

/**
 * A film or a sound. It plays only when somebody says so. Streamed from the sealed file; where the browser cannot stream
 * a format, whole up to MAX_WHOLE_BYTES, and beyond that it says why not.
 */
export class EnkPreviewFilm extends LitElement {
  static override styles = [
    ...baseStyles,
    css`
      :host {
        display: grid;
        place-items: center;
        min-block-size: 0;
      }
      video {
        display: block;
        max-inline-size: 100%;
        max-block-size: 100%;
        min-block-size: 0;
        border-radius: var(--_radius);
        background: #000;
      }
      video.sound {
        inline-size: min(30rem, 100%);
        block-size: 4rem;
        background: var(--_raised);
      }
      .notice {
        display: grid;
        justify-items: center;
        gap: 12px;
        max-inline-size: 26rem;
        padding: 24px;
        text-align: center;
      }
    `,
  ];

  @property({ attribute: false }) source: ByteSource | undefined;
  /** By content. */
  @property() type = '';
  @property() label = '';
  @query('video') private readonly media!: HTMLVideoElement;
  @state() private error = '';
  @state() private isSound = false;
  @state() private isLoading = true;
  #player: FilmPlayer | null = null;
  #url = '';

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#close();
  }

  protected override updated(changed: PropertyValues<this>): void {
    if (changed.has('source') && this.source) void this.#open(this.source);
  }

  protected override render(): TemplateResult {
    if (this.error)
      return html`<div class="notice" role="alert" data-testid="preview-problem">
        ${icon('alert', 32)}
        <p>${this.error}</p>
      </div>`;
    return html`${this.isLoading ? html`<p role="status">${strings().preview.loading}</p>` : nothing}
      <video
        controls
        playsinline
        preload="metadata"
        class=${this.isSound ? 'sound' : ''}
        ?hidden=${this.isLoading}
        aria-label=${this.label}
        data-testid="preview-film"
        @error=${this.#onError}
      ></video>`;
  }

  async #open(source: ByteSource): Promise<void> {
    this.#close();
    this.error = '';
    this.isLoading = true;
    try {
      const player = await FilmPlayer.open(this.media, source, error => (this.error = errorText(error)));
      if (this.source !== source || !this.isConnected) return player?.close();
      this.#player = player;
      this.isSound = player === null ? this.type.startsWith('audio/') : !player.hasPicture;
      if (player === null) await this.#openWhole(source);
    } catch (error) {
      this.error = errorText(error);
    }
    this.isLoading = false;
  }

  async #openWhole(source: ByteSource): Promise<void> {
    if (source.sizeBytes > MAX_WHOLE_BYTES) {
      this.error = strings().preview.notStreamable(byteText(MAX_WHOLE_BYTES));
      return;
    }
    const bytes = await source.read(0, source.sizeBytes);
    if (this.source !== source || !this.isConnected) return;
    this.#url = URL.createObjectURL(new Blob([bytes], { type: this.type }));
    this.media.src = this.#url;
  }

  #onError(): void {
    if (this.media.getAttribute('src')) this.error = strings().preview.notPlayable;
  }

  #close(): void {
    this.#player?.close();
    this.#player = null;
    if (this.#url) URL.revokeObjectURL(this.#url);
    this.#url = '';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-preview-film': EnkPreviewFilm;
  }
}
