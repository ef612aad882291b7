import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { baseStyles } from './base.styles.ts';
import { buttonStyles, fieldStyles } from './controls.styles.ts';
import { EnkDialogCloseRequestEvent } from './enk-dialog.ts';
import { errorText, strings } from './strings.ts';

/**
 * Asks once more before everything is erased, and does it.
 *
 * @event enk-dialog-close-request - Not wanted after all, or done.
 */
export class EnkEraseDialog extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    fieldStyles,
    css`
      .stack {
        display: grid;
        gap: 16px;
      }
      label {
        display: flex;
        gap: 12px;
        cursor: pointer;
      }
      input {
        flex: none;
        inline-size: 18px;
        block-size: 18px;
        margin: 3px;
        accent-color: var(--_accent);
      }
      .actions {
        display: flex;
        flex-wrap: wrap;
        justify-content: flex-end;
        gap: 8px;
      }
    `,
  ];

  /** Does it; resolves when nothing is left. */
  @property({ attribute: false }) erase: (() => Promise<void>) | undefined;
  @state() private isUnderstood = false;
  @state() private isBusy = false;
  @state() private error = '';

  protected override render(): TemplateResult {
    const texts = strings().vault.erase;
    return html`<enk-dialog open .heading=${texts.title} @enk-dialog-close-request=${this.#close}>
      <div class="stack">
        <p>${texts.warning}</p>
        <label>
          <input
            type="checkbox"
            data-testid="erase-understood"
            .checked=${this.isUnderstood}
            @change=${(event: Event) => (this.isUnderstood = (event.target as HTMLInputElement).checked)}
          />
          <span>${texts.confirm}</span>
        </label>
        ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
        <div class="actions">
          <button class="button quiet" type="button" @click=${this.#close}>${strings().common.cancel}</button>
          <button
            class="button danger"
            type="button"
            data-testid="erase-confirm"
            aria-disabled=${!this.isUnderstood || this.isBusy ? 'true' : nothing}
            @click=${this.#submit}
          >
            ${this.isBusy ? texts.working : texts.submit}
          </button>
        </div>
      </div>
    </enk-dialog>`;
  }

  readonly #close = (event?: Event): void => {
    event?.stopPropagation();
    if (!this.isBusy) this.dispatchEvent(new EnkDialogCloseRequestEvent());
  };

  async #submit(): Promise<void> {
    if (!this.isUnderstood || this.isBusy) return;
    this.isBusy = true;
    this.error = '';
    try {
      await this.erase?.();
      this.isBusy = false;
      this.#close();
    } catch (error) {
      this.error = errorText(error);
      this.isBusy = false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-erase-dialog': EnkEraseDialog;
  }
}
