import {
  contactsServiceContext,
  ServiceController,
  type AlertView,
  type ConsentRequest,
  type ContactId,
  type ContactsService,
} from '@enk/context';
import { baseStyles, buttonStyles, errorText, fieldStyles, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { repeat } from 'lit/directives/repeat.js';
import { shortAddress } from './contact-words.ts';

/** People without an invite who ask to talk (they learn nothing until the person answers), and alerts. */
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
      li.alert {
        border-color: transparent;
        background: var(--_warning-surface);
      }
      .alert > div:first-child {
        display: grid;
        grid-template-columns: auto 1fr;
        gap: 0 10px;
      }
      .alert svg {
        grid-row: span 2;
        color: var(--_warning);
      }
      .alert .hint {
        color: inherit;
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

  protected override render(): TemplateResult {
    const { consentRequests: requests = [], alerts = [] } = this.#contacts.snapshot ?? {};
    const newest = requests.at(-1);
    // Announced is what came, once; not the buttons, and not the form that an answer opens.
    return html`<p class="words" role="status">${newest ? this.#titleOf(newest) : nothing}</p>
      <p class="words" role="alert">${alerts[0] ? this.#alertTitle(alerts[0]) : nothing}</p>
      <ul>
        ${repeat(
          alerts,
          alert => alert.id,
          alert => this.#alert(alert),
        )}
        ${repeat(
          requests,
          request => request.id,
          request => this.#request(request),
        )}
      </ul>`;
  }

  #alert(alert: AlertView): TemplateResult {
    const texts = strings().alert;
    return html`<li class="alert" data-testid="alert">
      <div>
        ${icon('alert')}
        <p class="title">${this.#alertTitle(alert)}</p>
        <p class="hint">${texts.hint}</p>
      </div>
      <div class="actions">
        <button
          class="button"
          type="button"
          data-testid="alert-dismiss"
          @click=${() => this.#intend(service => service.dismissAlert(alert.id))}
        >
          ${strings().common.dismiss}
        </button>
      </div>
    </li>`;
  }

  #nameOf(contactId: ContactId | null): string | null {
    return this.#contacts.snapshot?.contacts.find(({ id }) => id === contactId)?.name ?? null;
  }

  #alertTitle({ contactId }: AlertView): string {
    const texts = strings().alert;
    const name = this.#nameOf(contactId);
    return name === null ? texts.invite : texts.contact(name);
  }

  #titleOf({ contactId }: ConsentRequest): string {
    const texts = strings().consent;
    const name = this.#nameOf(contactId);
    return name === null ? texts.text : texts.contactText(name);
  }

  #request(request: ConsentRequest): TemplateResult {
    const texts = strings().consent;
    const name = this.#nameOf(request.contactId);
    return html`<li data-testid="consent-request">
      <div>
        <p class="title">${this.#titleOf(request)}</p>
        <p class="hint">${name === null ? texts.hint(shortAddress(request.peerId)) : texts.contactHint}</p>
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
        @click=${() => this.#agree(request)}
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

  /** A contact has a name already; a stranger gets one first. */
  async #agree({ id, contactId }: ConsentRequest): Promise<void> {
    if (contactId !== null) return this.#answer({ id, accept: true });
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
    await this.#intend(service => service.answerConsent(answer));
    if (!this.error) this.namingId = null;
  }

  async #intend(act: (service: ContactsService) => Promise<void>): Promise<void> {
    const { service } = this.#contacts;
    if (!service) return;
    this.error = '';
    try {
      await act(service);
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
