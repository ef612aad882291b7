import { profileServiceContext, ServiceController } from '@enk/context';
import { baseStyles, buttonStyles, errorText } from '@enk/internal';
import { html, LitElement, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { settingsStyles } from './enk-settings.styles.ts';
import { texts } from './texts.ts';

/** A new address at the broker: asks once more, because open invites end with the old one. */
export class AddressRenewal extends LitElement {
  static override styles = [...baseStyles, buttonStyles, settingsStyles];

  @state() private isAsking = false;
  @state() private status = '';
  @state() private error = '';

  readonly #profile = new ServiceController(this, profileServiceContext);

  protected override render(): TemplateResult {
    return html`
      ${this.isAsking ? this.#renderQuestion() : this.#renderOffer()}
      <span role="status" class=${this.error === '' ? 'hint' : 'error'}>${this.error || this.status}</span>
    `;
  }

  #renderOffer(): TemplateResult {
    return html`<div class="actions">
      <button class="button" type="button" data-testid="address-renew" @click=${this.#ask}>
        ${texts.you.renew}
      </button>
    </div>`;
  }

  #renderQuestion(): TemplateResult {
    return html`<p class="hint" id="question">${texts.you.renewQuestion}</p>
      <div class="actions" role="group" aria-describedby="question">
        <button class="button" type="button" data-testid="address-renew-confirm" @click=${this.#renew}>
          ${texts.you.renewConfirm}
        </button>
        <button class="button" type="button" data-testid="address-renew-cancel" @click=${this.#end}>
          ${texts.you.renewCancel}
        </button>
      </div>`;
  }

  async #ask(): Promise<void> {
    this.status = this.error = '';
    this.isAsking = true;
    await this.updateComplete;
    this.#focus('address-renew-cancel');
  }

  async #end(): Promise<void> {
    this.isAsking = false;
    await this.updateComplete;
    this.#focus('address-renew');
  }

  async #renew(): Promise<void> {
    try {
      await this.#profile.service?.renewAddress();
      this.status = texts.you.renewed;
    } catch (error) {
      this.error = errorText(error);
    }
    await this.#end();
  }

  #focus(testId: string): void {
    this.renderRoot.querySelector<HTMLElement>(`[data-testid="${testId}"]`)?.focus();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-address-renewal': AddressRenewal;
  }
}
