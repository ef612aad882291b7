import { profileServiceContext, ServiceController } from '@enk/context';
import { baseStyles, buttonStyles, errorText, fieldStyles, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { query, state } from 'lit/decorators.js';

/** The person comes from another device, with an export. Not composed. */
export class EnkImportRequestEvent extends Event {
  static readonly type = 'enk-import-request';
  constructor() {
    super(EnkImportRequestEvent.type);
  }
}

/** First run: asks for the one thing that is needed, a name. */
export class EnkFirstRun extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    fieldStyles,
    css`
      :host {
        display: grid;
        place-items: center;
        block-size: 100%;
        padding: 24px;
        overflow: auto;
      }
      form {
        display: grid;
        gap: 20px;
        inline-size: min(100%, 320px);
      }
      enk-avatar {
        --enk-avatar-size: 72px;
      }
      h2 {
        font-size: calc(var(--_size) * 1.5);
        font-weight: 650;
        line-height: 1.2;
      }
      .header {
        display: grid;
        gap: 8px;
      }
      .button {
        min-block-size: 40px;
      }
    `,
  ];

  @query('input') private readonly input!: HTMLInputElement;
  @state() private error = '';
  readonly #profile = new ServiceController(this, profileServiceContext);

  protected override render(): TemplateResult {
    const texts = strings().firstRun;
    const profile = this.#profile.snapshot;
    const key = profile?.kind === 'needs-name' ? profile.identityKey : null;
    return html`<form @submit=${this.#submit} data-testid="first-run">
      <enk-avatar .identityKey=${key}></enk-avatar>
      <div class="header">
        <h2>${texts.title}</h2>
        <p class="muted">${texts.hint}</p>
      </div>
      <div class="field">
        <label for="name">${texts.label}</label>
        <input
          class="input"
          id="name"
          dir="auto"
          required
          maxlength="64"
          autocomplete="off"
          data-testid="name-input"
          placeholder=${texts.placeholder}
          aria-invalid=${this.error ? 'true' : nothing}
          aria-describedby=${this.error ? 'error' : nothing}
          @input=${() => (this.error = '')}
        />
        ${this.error ? html`<p class="error" id="error" role="alert">${this.error}</p>` : nothing}
      </div>
      <button class="button primary" type="submit" data-testid="name-save">${texts.submit}</button>
      <button class="button quiet" type="button" data-testid="first-run-import" @click=${this.#askToImport}>
        ${strings().vault.import.offer}
      </button>
      <p class="hint">${texts.note}</p>
    </form>`;
  }

  readonly #askToImport = (): void => {
    this.dispatchEvent(new EnkImportRequestEvent());
  };

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    try {
      await this.#profile.service?.setDisplayName(this.input.value);
    } catch (error) {
      this.error = errorText(error);
      this.input.focus();
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-first-run': EnkFirstRun;
  }
}
