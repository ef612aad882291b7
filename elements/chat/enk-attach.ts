import { filesServiceContext, ServiceController, type ContactId } from '@enk/context';
import { baseStyles, buttonStyles, errorText, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import type { EnkAttachChosenEvent } from './enk-attach-dialog.ts';

/**
 * Files for one contact: by the button, by dropping them anywhere on the conversation that this stands in, and by
 * pasting. A dialog says what is about to be sent, and how; each is sealed into the vault first, so that a reload loses nothing, then offered.
 */
export class EnkAttach extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: block;
        flex: none;
      }
      .icon-button {
        inline-size: 40px;
        block-size: 40px;
        border-radius: 50%;
      }
      .note {
        position: absolute;
        inset-inline: 12px;
        inset-block-end: 100%;
        padding: 8px 12px;
        border-radius: var(--_radius);
        background: var(--_raised);
        box-shadow: var(--_shadow);
        font-size: var(--_size-small);
      }
      .error {
        color: var(--_danger);
      }
    `,
  ];

  @property({ attribute: false }) contactId: ContactId | undefined;
  @query('input') private readonly input!: HTMLInputElement;
  @state() private sealing = '';
  @state() private error = '';
  @state() private isOver = false;
  /** What the person is asked about. */
  @state() private pending: readonly File[] = [];

  readonly #files = new ServiceController(this, filesServiceContext);
  #listening: AbortController | undefined;

  override connectedCallback(): void {
    super.connectedCallback();
    const root = this.getRootNode();
    if (!(root instanceof ShadowRoot)) return;
    this.#listening = new AbortController();
    const { signal } = this.#listening;
    const host = root.host as HTMLElement;
    host.addEventListener('dragover', event => this.#onDragOver(event), { signal });
    host.addEventListener('dragleave', () => (this.isOver = false), { signal });
    host.addEventListener('drop', event => this.#onDrop(event), { signal });
    host.addEventListener('paste', event => this.#onPaste(event), { signal });
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#listening?.abort();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.#files.service) return nothing;
    const texts = strings().files;
    const note = this.isOver ? texts.attachDrop : this.sealing ? texts.adding(this.sealing) : '';
    return html`<button
        class="icon-button"
        type="button"
        data-testid="attach"
        aria-label=${texts.attach}
        title="${texts.attach}. ${texts.attachHint}"
        @click=${() => this.input.click()}
      >
        ${icon('clip')}
      </button>
      <input
        type="file"
        multiple
        hidden
        data-testid="attach-input"
        aria-label=${texts.attach}
        @change=${this.#onChosen}
      />
      ${
        this.pending.length > 0
          ? html`<enk-attach-dialog
              .files=${this.pending}
              @enk-attach-chosen=${this.#onSend}
              @enk-dialog-close-request=${() => (this.pending = [])}
            ></enk-attach-dialog>`
          : nothing
      }
      ${note ? html`<p class="note" role="status">${note}</p>` : nothing}
      ${this.error ? html`<p class="note error" role="alert" data-testid="attach-error">${this.error}</p>` : nothing}`;
  }

  #onChosen(): void {
    const files = [...(this.input.files ?? [])];
    this.input.value = '';
    this.#ask(files);
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
    this.#ask(files);
  }

  #onPaste(event: ClipboardEvent): void {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length === 0) return;
    event.preventDefault();
    this.#ask(files);
  }

  /** Nothing is sent before the person saw what. */
  #ask(files: readonly File[]): void {
    this.error = '';
    this.pending = files;
  }

  #onSend({ caption, pictures }: EnkAttachChosenEvent): void {
    void this.#attach(this.pending, caption, pictures);
  }

  async #attach(
    files: readonly File[],
    caption: string,
    pictures: EnkAttachChosenEvent['pictures'],
  ): Promise<void> {
    const { contactId } = this;
    const { service } = this.#files;
    if (contactId === undefined || !service) return;
    for (const [index, file] of files.entries()) {
      this.sealing = file.name;
      try {
        await service.attach(contactId, file, index === 0 ? caption : '', pictures);
      } catch (error) {
        this.error = `${strings().files.attachFailed(file.name)} ${errorText(error)}`;
      }
    }
    this.sealing = '';
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-attach': EnkAttach;
  }
}
