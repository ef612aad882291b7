import { ServiceController, vaultServiceContext } from '@enk/context';
import { baseStyles, buttonStyles, errorText, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';

/** The person has a recovery key now, or wants none yet. Not composed. */
export class EnkRecoveryOfferEndedEvent extends Event {
  static readonly type = 'enk-recovery-offer-ended';
  constructor() {
    super(EnkRecoveryOfferEndedEvent.type);
  }
}

/**
 * Part of the first run: offers a recovery key, which opens the vault when a lock that is set later is forgotten.
 *
 * @event enk-recovery-offer-ended - The key was written down and is stored, or is not wanted now.
 */
export class EnkRecoveryOffer extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: grid;
        align-content: safe center;
        justify-items: center;
        block-size: 100%;
        padding: 24px;
        overflow: auto;
      }
      .panel {
        display: grid;
        gap: 20px;
        inline-size: min(100%, 400px);
      }
      h2 {
        font-size: calc(var(--_size) * 1.5);
        font-weight: 650;
        line-height: 1.2;
      }
      h2:focus {
        outline: none;
      }
      .header {
        display: grid;
        gap: 8px;
      }
      .header svg {
        color: var(--_text-muted);
      }
      .actions {
        display: grid;
        gap: 8px;
      }
      .button {
        min-block-size: 40px;
      }
    `,
  ];

  @state() private key = '';
  @state() private isBusy = false;
  @state() private error = '';
  readonly #vault = new ServiceController(this, vaultServiceContext);

  protected override firstUpdated(): void {
    this.renderRoot.querySelector<HTMLElement>('h2')?.focus();
  }

  protected override render(): TemplateResult {
    const texts = strings().vault.offer;
    return html`<div class="panel" data-testid="recovery-offer">
      <div class="header">
        ${this.key === '' ? icon('key', 32) : nothing}
        <h2 tabindex="-1">${texts.title}</h2>
        ${this.key === '' ? html`<p class="muted">${texts.hint}</p>` : nothing}
      </div>
      ${
        this.key === ''
          ? nothing
          : html`<enk-recovery-key .key=${this.key} @enk-recovery-written=${this.#save}></enk-recovery-key>`
      }
      ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}
      <div class="actions">
        ${
          this.key === ''
            ? html`<button
                class="button primary"
                type="button"
                data-testid="recovery-make"
                @click=${this.#make}
              >
                ${texts.make}
              </button>`
            : nothing
        }
        <button class="button quiet" type="button" data-testid="recovery-later" @click=${this.#end}>
          ${texts.later}
        </button>
      </div>
    </div>`;
  }

  readonly #make = (): void => {
    void this.#try(async () => {
      this.key = (await this.#vault.service?.proposeRecoveryKey()) ?? '';
    });
  };

  readonly #save = (): void => {
    const method = { kind: 'recovery-key', text: this.key } as const;
    void this.#try(async () => {
      await this.#vault.service?.addMethod({ current: null, method });
      this.#end();
    });
  };

  readonly #end = (): void => {
    this.key = '';
    this.dispatchEvent(new EnkRecoveryOfferEndedEvent());
  };

  async #try(work: () => Promise<void>): Promise<void> {
    if (this.isBusy) return;
    this.isBusy = true;
    this.error = '';
    try {
      await work();
    } catch (error) {
      this.error = errorText(error);
    } finally {
      this.isBusy = false;
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-recovery-offer': EnkRecoveryOffer;
  }
}
