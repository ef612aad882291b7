import {
  contactsServiceContext,
  ServiceController,
  type ContactId,
  type ContactsService,
  type ContactView,
} from '@enk/context';
import { strings } from '@enk/internal';
import { css, html, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { ChatDialogElement } from './chat-dialog.ts';
import { connectionWords, verificationWords } from './contact-words.ts';

/** One contact's details: name, state in words, address; block and remove. */
export class EnkContactDialog extends ChatDialogElement {
  static override styles = [
    ...ChatDialogElement.styles,
    css`
      enk-avatar {
        --enk-avatar-size: 72px;
      }
      .rename {
        display: flex;
        gap: 8px;
      }
      .rename .input {
        flex: 1;
        min-inline-size: 0;
      }
      dl {
        display: grid;
        gap: 12px;
      }
      dd {
        display: flex;
        align-items: center;
        gap: 12px;
        min-block-size: 36px;
      }
      dd > :first-child {
        flex: 1;
        min-inline-size: 0;
      }
      dt {
        color: var(--_text-muted);
        font-size: var(--_size-small);
      }
    `,
  ];

  @property({ attribute: false }) contactId: ContactId | undefined;
  @state() private isRemoving = false;
  @state() private isRenamed = false;
  readonly #contacts = new ServiceController(this, contactsServiceContext);

  protected heading(): string {
    return this.isRemoving
      ? strings().contact.removeTitle(this.#contact?.name ?? '')
      : strings().contact.title;
  }

  protected content(): TemplateResult {
    const contact = this.#contact;
    if (!contact) return html`<p class="muted">${strings().error['unknown-contact']}</p>`;
    return this.isRemoving ? this.#removal(contact) : this.#details(contact);
  }

  get #contact(): ContactView | undefined {
    return this.#contacts.snapshot?.contacts.find(contact => contact.id === this.contactId);
  }

  #details(contact: ContactView): TemplateResult {
    const texts = strings().contact;
    return html`<div class="stack">
      <div class="stack center">
        <enk-avatar .identityKey=${contact.identityKey} .name=${contact.name}></enk-avatar>
      </div>
      ${this.#renameForm(contact)}
      <dl>
        ${this.#fact(texts.connection, connectionWords(contact), this.#reconnectButton(contact))}
        ${this.#fact(
          texts.verification,
          verificationWords(contact),
          html`<button
            class="button"
            type="button"
            @click=${() => this.goTo({ kind: 'safety', contactId: contact.id })}
          >
            ${texts.safety}
          </button>`,
        )}
        ${this.#fact(
          texts.address,
          html`<span class="mono" dir="ltr">${contact.peerId}</span>`,
          html`<enk-copy-button .text=${contact.peerId}></enk-copy-button>`,
        )}
        ${this.#fact(
          texts.release.label,
          html`<enk-contact-release .contactId=${contact.id} .name=${contact.name}></enk-contact-release>`,
          nothing,
        )}
      </dl>
      ${this.errorLine()}
      <hr />
      <div class="actions">
        <button
          class="button"
          type="button"
          data-testid="contact-block"
          @click=${() => this.#intend(service => service.setBlocked(contact.id, !contact.isBlocked))}
        >
          ${contact.isBlocked ? texts.unblock : texts.block}
        </button>
        <button
          class="button danger"
          type="button"
          data-testid="contact-remove"
          @click=${() => (this.isRemoving = true)}
        >
          ${texts.remove}
        </button>
      </div>
    </div>`;
  }

  #renameForm(contact: ContactView): TemplateResult {
    const { common, contact: texts } = strings();
    return html`<form class="field" @submit=${this.#rename}>
      <label for="name">${texts.rename}</label>
      <div class="rename">
        <input
          class="input"
          id="name"
          dir="auto"
          required
          maxlength="64"
          autocomplete="off"
          data-testid="contact-name"
          aria-describedby="name-hint"
          .value=${contact.name}
          @input=${() => (this.isRenamed = false)}
        />
        <button class="button" type="submit" data-testid="contact-rename">${common.save}</button>
      </div>
      <p class="hint" id="name-hint" role="status">${this.isRenamed ? texts.renamed : texts.renameHint}</p>
    </form>`;
  }

  #fact(label: string, value: string | TemplateResult, action: unknown): TemplateResult {
    return html`<div>
      <dt>${label}</dt>
      <dd><span>${value}</span>${action}</dd>
    </div>`;
  }

  #reconnectButton(contact: ContactView): TemplateResult | typeof nothing {
    const { kind } = contact.connection;
    if (contact.isBlocked || kind === 'ready' || kind === 'connecting' || kind === 'handshaking')
      return nothing;
    return html`<button
      class="button"
      type="button"
      data-testid="contact-reconnect"
      @click=${() => this.#intend(service => service.reconnect(contact.id))}
    >
      ${strings().contact.reconnect}
    </button>`;
  }

  #removal(contact: ContactView): TemplateResult {
    const { common, contact: texts } = strings();
    return html`<div class="stack">
      <p>${texts.removeHint}</p>
      ${this.errorLine()}
      <div class="actions">
        <button class="button" type="button" @click=${() => (this.isRemoving = false)}>
          ${common.cancel}
        </button>
        <button
          class="button danger"
          type="button"
          data-testid="contact-remove-confirm"
          @click=${() => this.#remove(contact)}
        >
          ${texts.removeConfirm}
        </button>
      </div>
    </div>`;
  }

  async #rename(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const id = this.contactId;
    if (id === undefined) return;
    const name = this.value('#name');
    await this.#intend(service => service.rename(id, name));
    this.isRenamed = this.error === '';
  }

  async #remove(contact: ContactView): Promise<void> {
    await this.#intend(service => service.remove(contact.id));
    if (this.error === '') this.close();
  }

  async #intend(act: (service: ContactsService) => Promise<void>): Promise<void> {
    const { service } = this.#contacts;
    if (service) await this.intend(() => act(service));
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-contact-dialog': EnkContactDialog;
  }
}
