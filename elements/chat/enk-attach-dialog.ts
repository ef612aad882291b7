import type { PictureSize } from '@enk/context';
import { byteText, EnkDialogCloseRequestEvent, icon, strings } from '@enk/internal';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { ChatDialogElement } from './chat-dialog.ts';

/** UTF-16 units of a caption, as the worker takes it. */
const MAX_CAPTION_CHARS = 1_024;
/** Larger ones are named, not drawn. */
const MAX_DRAWN_BYTES = 25_000_000;
const DRAWN = ['image/jpeg', 'image/png', 'image/webp', 'image/gif', 'image/avif'];
const SIZES: readonly PictureSize[] = ['original', 'large', 'small'];

/** How the person wants the files sent. */
export class EnkAttachChosenEvent extends Event {
  static readonly type = 'enk-attach-chosen';
  constructor(
    readonly caption: string,
    readonly pictures: { readonly size: PictureSize; readonly keepsMetadata: boolean },
  ) {
    super(EnkAttachChosenEvent.type);
  }
}

/**
 * What is about to be sent: the files, a caption, and for pictures how large, and whether they keep what they say about
 * place and camera. Nothing has left yet.
 *
 * @event enk-attach-chosen - Send them so.
 * @event enk-dialog-close-request - Do not.
 */
export class EnkAttachDialog extends ChatDialogElement {
  static override styles = [
    ...ChatDialogElement.styles,
    css`
      ul {
        display: grid;
        gap: 8px;
        max-block-size: 14rem;
        margin: 0;
        padding: 0;
        overflow: auto;
        list-style: none;
      }
      li {
        display: flex;
        align-items: center;
        gap: 12px;
        min-inline-size: 0;
      }
      li > div {
        min-inline-size: 0;
      }
      bdi {
        display: block;
        overflow-wrap: anywhere;
      }
      .mark {
        display: grid;
        place-items: center;
        flex: none;
        inline-size: 48px;
        block-size: 48px;
        border-radius: var(--_radius);
        background: var(--_hover);
        color: var(--_text-muted);
        object-fit: cover;
      }
      fieldset {
        display: flex;
        flex-wrap: wrap;
        gap: 4px 16px;
        margin: 0;
        padding: 0;
        border: 0;
      }
      legend {
        margin-block-end: 6px;
        padding: 0;
        font-size: var(--_size-small);
        font-weight: 500;
      }
      fieldset label,
      .keep {
        display: flex;
        align-items: center;
        gap: 8px;
        min-block-size: 32px;
      }
      input[type='radio'],
      input[type='checkbox'] {
        flex: none;
        inline-size: 18px;
        block-size: 18px;
        margin: 0;
        accent-color: var(--_accent);
      }
      .warn {
        color: var(--_warning);
      }
      form {
        display: grid;
        gap: 16px;
      }
      .end {
        display: flex;
        justify-content: end;
        gap: 8px;
      }
    `,
  ];

  @property({ attribute: false }) files: readonly File[] = [];
  @state() private size: PictureSize = 'original';
  @state() private keepsMetadata = false;
  #urls = new Map<File, string>();

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#release();
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('files')) return;
    this.#release();
    const drawn = this.files.filter(({ type, size }) => DRAWN.includes(type) && size <= MAX_DRAWN_BYTES);
    this.#urls = new Map(drawn.map(file => [file, URL.createObjectURL(file)]));
  }

  protected heading(): string {
    return strings().attach.title(this.files.length);
  }

  protected content(): TemplateResult {
    const texts = strings().attach;
    const hasPictures = this.files.some(({ type }) => type.startsWith('image/'));
    return html`<form @submit=${this.#submit}>
      <ul data-testid="attach-list">
        ${this.files.map(file => this.#file(file))}
      </ul>
      ${hasPictures ? this.#pictures() : nothing}
      <div class="field">
        <label for="caption">${this.files.length === 1 ? texts.caption : texts.captionFirst}</label>
        <input
          class="input"
          id="caption"
          dir="auto"
          maxlength=${MAX_CAPTION_CHARS}
          autocomplete="off"
          autofocus
          data-testid="attach-caption"
        />
      </div>
      <div class="end">
        <button class="button" type="button" @click=${this.close}>${strings().common.cancel}</button>
        <button class="button primary" type="submit" data-testid="attach-send">
          ${icon('send', 16)} ${texts.send}
        </button>
      </div>
    </form>`;
  }

  #file(file: File): TemplateResult {
    const url = this.#urls.get(file);
    return html`<li>
      ${url === undefined ? html`<span class="mark">${icon('file')}</span>` : html`<img class="mark" src=${url} alt="" />`}
      <div>
        <bdi>${file.name}</bdi>
        <span class="hint">${byteText(file.size)}</span>
      </div>
    </li>`;
  }

  #pictures(): TemplateResult {
    const texts = strings().attach;
    const isOriginal = this.size === 'original';
    return html`<div>
      <fieldset>
        <legend>${texts.size}</legend>
        ${SIZES.map(
          size =>
            html`<label>
              <input
                type="radio"
                name="size"
                data-testid="attach-size-${size}"
                .checked=${size === this.size}
                @change=${() => this.#choose(size)}
              />
              ${texts.sizes[size]}
            </label>`,
        )}
      </fieldset>
      ${
        isOriginal
          ? html`<label class="keep">
              <input
                type="checkbox"
                data-testid="attach-keep"
                .checked=${this.keepsMetadata}
                @change=${(event: Event) => (this.keepsMetadata = (event.target as HTMLInputElement).checked)}
              />
              ${texts.keep}
            </label>`
          : nothing
      }
      <p class="hint ${this.keepsMetadata ? 'warn' : ''}" role="status" data-testid="attach-metadata">
        ${this.keepsMetadata ? texts.kept : texts.removed}
      </p>
    </div>`;
  }

  /** Smaller ones are drawn anew: there is nothing to keep. */
  #choose(size: PictureSize): void {
    this.size = size;
    this.keepsMetadata &&= size === 'original';
  }

  #submit(event: SubmitEvent): void {
    event.preventDefault();
    const { size, keepsMetadata } = this;
    this.dispatchEvent(new EnkAttachChosenEvent(this.value('#caption').trim(), { size, keepsMetadata }));
    this.dispatchEvent(new EnkDialogCloseRequestEvent());
  }

  #release(): void {
    for (const url of this.#urls.values()) URL.revokeObjectURL(url);
    this.#urls.clear();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-attach-dialog': EnkAttachDialog;
  }
}
