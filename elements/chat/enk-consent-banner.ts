import { contactsServiceContext, ServiceController, type ConsentRequest } from '@enk/context';
import { baseStyles, buttonStyles, errorText, fieldStyles, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { shortAddress } from './contact-words.ts';

/** People without an invite who ask to talk. They learn nothing until the person answers. */
export class EnkConsentBanner extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    fieldStyles,
    css`
      :host {
        display: block;
      }
      li {
        display: grid;
        gap: 10px;
        margin: 0 8px 8px;
        padding: 12px;
        border: 1px solid var(--_border);
        border-radius: var(--_radius);
        background: var(--_raised);
      }
      .title {
        font-weight: 600;
      }
      .actions {
        display: flex;
        gap: 8px;
      }
      .actions .button {
        flex: 1;
      }
    `,
  ];

  @state() private namingId: string | null = null;
  @state() private error = '';
  readonly #contacts = new ServiceController(this, contactsServiceContext);

  protected override render(): TemplateResult | typeof nothing {
    const requests = this.#contacts.snapshot?.consentRequests ?? [];
    return html`<div role="status">
      <ul>
        ${repeat(
          requests,
          request => request.id,
          request => this.#request(request),
        )}
      </ul>
    </div>`;
  }

  #request(request: ConsentRequest): TemplateResult {
    const texts = strings().consent;
    return html`<li data-testid="consent-request">
      <div>
        <p class="title">${texts.text}</p>
        <p class="hint">${texts.hint(shortAddress(request.peerId))}</p>
      </div>
      ${this.namingId === request.id ? this.#naming(request) : this.#choice(request)}
      ${this.error ? html`<p class="error" role="alert">${this.error}</p>` : nothing}
    </li>`;
  }

  #choice(request: ConsentRequest): TemplateResult {
    const texts = strings().consent;
    return html`<div class="actions">
      <button
        class="button"
        type="button"
        data-testid="consent-decline"
        @click=${() => this.#answer({ id: request.id, accept: false })}
      >
        ${texts.decline}
      </button>
      <button
        class="button primary"
        type="button"
        data-testid="consent-accept"
        @click=${() => this.#startNaming(request.id)}
      >
        ${texts.accept}
      </button>
    </div>`;
  }

  #naming(request: ConsentRequest): TemplateResult {
    const texts = strings().consent;
    return html`<form @submit=${(event: SubmitEvent) => this.#accept(event, request.id)}>
      <div class="field">
        <label for="name">${texts.nameLabel}</label>
        <input
          class="input"
          id="name"
          name="name"
          dir="auto"
          required
          maxlength="64"
          autocomplete="off"
          data-testid="consent-name"
        />
        <div class="actions">
          <button class="button" type="button" @click=${() => (this.namingId = null)}>
            ${strings().common.cancel}
          </button>
          <button class="button primary" type="submit" data-testid="consent-submit">${texts.submit}</button>
        </div>
      </div>
    </form>`;
  }

  async #startNaming(id: string): Promise<void> {
    this.namingId = id;
    await this.updateComplete;
    this.renderRoot.querySelector<HTMLInputElement>('#name')?.focus();
  }

  #accept(event: SubmitEvent, id: string): void {
    event.preventDefault();
    const name = this.renderRoot.querySelector<HTMLInputElement>('#name')?.value ?? '';
    void this.#answer({ id, accept: true, name });
  }

  async #answer(answer: { id: string; accept: boolean; name?: string }): Promise<void> {
    try {
      await this.#contacts.service?.answerConsent(answer);
      this.error = '';
      this.namingId = null;
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-consent-banner': EnkConsentBanner;
  }
}
