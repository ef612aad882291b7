import {
  contactsServiceContext,
  invitesServiceContext,
  ServiceController,
  type ContactId,
  type InvitePreview,
} from '@enk/context';
import { deadline, errorText, strings } from '@enk/internal';
import { html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { ChatDialogElement } from './chat-dialog.ts';
import { inviteToken } from './invite-link.ts';

/** Opens an invite that was given to this person: pasted, or handed in by the page. */
export class EnkAcceptDialog extends ChatDialogElement {
  /** Token to begin with; empty to ask for a link. */
  @property({ attribute: false }) token = '';
  @state() private input = '';
  @state() private preview: InvitePreview | null = null;
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  readonly #invites = new ServiceController(this, invitesServiceContext);

  protected heading(): string {
    return strings().accept.title;
  }

  protected override firstUpdated(changed: PropertyValues<this>): void {
    super.firstUpdated(changed);
    if (this.token === '') return;
    this.input = this.token;
    void this.#check();
  }

  protected content(): TemplateResult {
    const texts = strings().accept;
    return html`<form class="stack" @submit=${this.#submit}>
      ${this.token === '' ? this.#linkField() : nothing} ${this.#result()} ${this.errorLine()}
      ${
        this.preview?.kind === 'valid' && this.preview.contactId === null
          ? html`<button
              class="button primary"
              type="submit"
              data-testid="invite-accept"
              ?disabled=${this.isBusy}
            >
              ${texts.submit}
            </button>`
          : nothing
      }
    </form>`;
  }

  #linkField(): TemplateResult {
    const texts = strings().accept;
    const isInvalid = this.preview?.kind === 'invalid';
    return html`<div class="field">
      <label for="link">${texts.label}</label>
      <textarea
        class="input"
        id="link"
        rows="3"
        dir="ltr"
        autofocus
        spellcheck="false"
        autocomplete="off"
        data-testid="invite-token-input"
        placeholder=${texts.placeholder}
        aria-invalid=${isInvalid ? 'true' : nothing}
        aria-describedby=${isInvalid ? 'invalid' : nothing}
        .value=${this.input}
        @input=${this.#onInput}
      ></textarea>
    </div>`;
  }

  #result(): TemplateResult | typeof nothing {
    const texts = strings().accept;
    const { preview } = this;
    if (!preview) return this.token ? html`<p class="muted" role="status">${texts.checking}</p>` : nothing;
    if (preview.kind === 'invalid')
      return html`<p class="error" id="invalid" role="alert" data-testid="invite-invalid">
        ${texts.invalid[preview.reason]}
      </p>`;
    if (preview.contactId !== null) return this.#known(preview.contactId);
    return html`<div class="person" role="status" data-testid="invite-valid">
        <enk-avatar .identityKey=${preview.inviterKey}></enk-avatar>
        <p class="muted">${texts.valid(deadline(preview.expiresAtMs, Date.now()))}</p>
      </div>
      ${this.nameField({ label: texts.nameLabel, hint: texts.nameHint, testId: 'invite-name' })}`;
  }

  #known(contactId: ContactId): TemplateResult {
    const texts = strings().accept;
    const contact = this.#contacts.snapshot?.contacts.find(candidate => candidate.id === contactId);
    return html`<div class="person" role="status">
        <enk-avatar .identityKey=${contact?.identityKey ?? null} .name=${contact?.name ?? ''}></enk-avatar>
        <p>${texts.known(contact?.name ?? '')}</p>
      </div>
      <button
        class="button primary"
        type="button"
        data-testid="invite-open-chat"
        @click=${() => this.openConversation(contactId)}
      >
        ${texts.openChat}
      </button>`;
  }

  #onInput(event: InputEvent): void {
    this.input = (event.target as HTMLTextAreaElement).value;
    void this.#check();
  }

  /** Answers may come out of order: only the one for the present input counts. */
  async #check(): Promise<void> {
    const asked = this.input;
    this.error = '';
    const token = inviteToken(asked);
    if (token === null) {
      this.preview = asked.trim() === '' ? null : { kind: 'invalid', reason: 'malformed' };
      return;
    }
    try {
      const preview = (await this.#invites.service?.preview(token)) ?? null;
      if (asked !== this.input) return;
      this.preview = preview;
      await this.updateComplete;
      if (preview?.kind === 'valid') this.renderRoot.querySelector<HTMLElement>('#name')?.focus();
    } catch (error) {
      if (asked === this.input) this.error = errorText(error);
    }
  }

  async #submit(event: SubmitEvent): Promise<void> {
    event.preventDefault();
    const token = inviteToken(this.input);
    if (token === null || this.preview?.kind !== 'valid') return;
    const name = this.value('#name');
    const contactId = await this.intend(() => this.#invites.service?.accept({ token, name }));
    if (contactId) this.finishWithNewContact(contactId);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-accept-dialog': EnkAcceptDialog;
  }
}
