import {
  contactsServiceContext,
  profileServiceContext,
  ServiceController,
  type ContactId,
  type ContactView,
  type SafetyNumber,
} from '@enk/context';
import { strings } from '@enk/internal';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { ChatDialogElement } from './chat-dialog.ts';
import { verificationWords } from './contact-words.ts';

/** The number that two people compare to know that nobody is in between: 60 digits in 12 groups, and as QR. */
export class EnkSafetyDialog extends ChatDialogElement {
  static override styles = [
    ...ChatDialogElement.styles,
    css`
      .faces {
        display: flex;
        justify-content: center;
        gap: 32px;
      }
      .faces figure {
        display: grid;
        justify-items: center;
        gap: 6px;
        min-inline-size: 0;
        max-inline-size: 12ch;
      }
      .faces enk-avatar {
        --enk-avatar-size: 56px;
      }
      .faces figcaption {
        max-inline-size: 100%;
        font-size: var(--_size-small);
        font-weight: 500;
      }
      .digits {
        display: grid;
        grid-template-columns: repeat(4, auto);
        justify-content: space-between;
        inline-size: min(100%, 280px);
        gap: 8px 12px;
        font: 500 calc(var(--_size) * 1.0667) / 1.2 var(--_mono);
        font-variant-numeric: tabular-nums;
        letter-spacing: 0.04em;
      }
      enk-qr {
        --enk-qr-size: 160px;
      }
    `,
  ];

  @property({ attribute: false }) contactId: ContactId | undefined;
  @state() private safety: SafetyNumber | null = null;
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  readonly #profile = new ServiceController(this, profileServiceContext);
  #keyOfSafety: Uint8Array | null = null;

  protected heading(): string {
    return strings().safety.title;
  }

  protected override updated(changed: PropertyValues<this>): void {
    super.updated(changed);
    const key = this.#contact?.identityKey ?? null;
    if (!key || (this.#keyOfSafety && sameBytes(key, this.#keyOfSafety))) return;
    this.#keyOfSafety = key;
    void this.#load();
  }

  protected content(): TemplateResult {
    const contact = this.#contact;
    if (!contact) return html`<p class="muted">${strings().error['unknown-contact']}</p>`;
    const texts = strings().safety;
    if (!contact.identityKey) return html`<p class="muted">${texts.notYet(contact.name)}</p>`;
    return html`<div class="stack">
      ${this.#faces(contact)}
      <p class="muted">${texts.intro(contact.name)}</p>
      ${this.safety ? this.#number(this.safety) : nothing} ${this.errorLine()} ${this.#mark(contact)}
    </div>`;
  }

  get #contact(): ContactView | undefined {
    return this.#contacts.snapshot?.contacts.find(contact => contact.id === this.contactId);
  }

  #faces(contact: ContactView): TemplateResult {
    const profile = this.#profile.snapshot;
    return html`<div class="faces">
      <figure>
        <enk-avatar .identityKey=${profile?.kind === 'open' ? profile.identityKey : null}></enk-avatar>
        <figcaption class="truncate">${strings().safety.you}</figcaption>
      </figure>
      <figure>
        <enk-avatar .identityKey=${contact.identityKey} .name=${contact.name}></enk-avatar>
        <figcaption class="truncate"><bdi>${contact.name}</bdi></figcaption>
      </figure>
    </div>`;
  }

  #number(safety: SafetyNumber): TemplateResult {
    const texts = strings().safety;
    const groups = safety.digits.match(/\d{5}/gu) ?? [];
    return html`<div class="stack center">
      <div class="digits" dir="ltr" role="group" aria-label=${texts.digits} data-testid="safety-digits">
        ${groups.map(group => html`<span>${group}</span> `)}
      </div>
      <enk-qr .content=${safety.qr} label=${texts.qr}></enk-qr>
    </div>`;
  }

  #mark(contact: ContactView): TemplateResult {
    const texts = strings().safety;
    const isVerified = contact.verification === 'verified';
    return html`<p class="hint" role="status" data-testid="safety-state">
        ${isVerified ? texts.isVerified(contact.name) : verificationWords(contact)}
      </p>
      <button
        class="button ${isVerified ? '' : 'primary'}"
        type="button"
        data-testid="safety-mark"
        ?disabled=${this.isBusy || !this.safety}
        @click=${() => this.intend(() => this.#contacts.service?.setVerified(contact.id, !isVerified))}
      >
        ${isVerified ? texts.unmark : texts.mark}
      </button>`;
  }

  async #load(): Promise<void> {
    const id = this.contactId;
    if (id === undefined) return;
    this.safety = (await this.intend(() => this.#contacts.service?.getSafetyNumber(id))) ?? null;
  }
}

function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((byte, index) => byte === b[index]);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-safety-dialog': EnkSafetyDialog;
  }
}
