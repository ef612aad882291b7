import {
  contactsServiceContext,
  ConversationController,
  ServiceController,
  type ContactsService,
  type ContactView,
} from '@enk/context';
import { baseStyles, buttonStyles, duration, errorText, fieldStyles, icon, strings } from '@enk/internal';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { connectionWords, contactNotices, verificationWords, type ContactNotice } from './contact-words.ts';
import {
  EnkContactSelectRequestEvent,
  EnkDialogOpenRequestEvent,
  type EnkMessageDeleteRequestEvent,
} from './enk-chat.events.ts';
import type { Drafts, EnkComposer } from './enk-composer.ts';
import type { EnkMessageList } from './enk-message-list.ts';
import type { EnkUndoBar } from './enk-undo-bar.ts';
import { conversationStyles } from './enk-conversation.styles.ts';

/**
 * One contact: who it is, how it stands (in words, always here), the messages, and where one writes.
 *
 * @event enk-contact-select-request - Back to the list (contactId null).
 * @event enk-dialog-open-request - Details or safety number.
 */
export class EnkConversation extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, conversationStyles];

  @property({ attribute: false }) contact: ContactView | undefined;
  @property({ attribute: false }) drafts: Drafts = new Map();

  @query('enk-composer') private readonly composer!: EnkComposer | null;
  @query('enk-undo-bar') private readonly undoBar!: EnkUndoBar | null;
  @query('enk-message-list') private readonly messages!: EnkMessageList | null;
  @state() private error = '';
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  readonly #conversation = new ConversationController(this);

  /** The field to write in; the way to the details while writing is not possible. */
  override focus(options?: FocusOptions): void {
    const target = this.composer ?? this.renderRoot.querySelector<HTMLElement>('.details');
    target?.focus(options);
  }

  /** Shows and marks one message of this contact. */
  async showMessage(position: number): Promise<void> {
    await this.updateComplete;
    await this.messages?.showMessage(position);
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (!changed.has('contact')) return;
    this.#conversation.select(this.contact?.id);
    if (changed.get('contact')?.id === this.contact?.id) return;
    this.error = '';
    this.undoBar?.hide();
  }

  protected override render(): TemplateResult | typeof nothing {
    const { contact } = this;
    if (!contact) return nothing;
    return html`${this.#header(contact)}
      ${this.error && contactNotices(contact).length === 0 ? html`<p class="failure" role="alert">${this.error}</p>` : nothing}
      <enk-missed-calls .contact=${contact}></enk-missed-calls>
      ${contactNotices(contact).map(notice => this.#notice(notice, contact))}
      <enk-message-list
        .contact=${contact}
        exportparts="bubble"
        @enk-message-delete-request=${this.#onDelete}
      ></enk-message-list>
      <enk-undo-bar @enk-undo-bar-left=${() => this.messages?.focus({ preventScroll: true })}></enk-undo-bar>
      ${contact.isBlocked ? this.#blocked(contact) : this.#composer(contact)}`;
  }

  #header(contact: ContactView): TemplateResult {
    const { common, conversation, notice } = strings();
    const isDanger = contact.connection.kind === 'someone-else-answers' && !contact.isBlocked;
    return html`<div class="header">
      <button
        class="icon-button back"
        type="button"
        data-testid="back"
        aria-label=${common.back}
        @click=${() => this.dispatchEvent(new EnkContactSelectRequestEvent(null))}
      >
        ${icon('back')}
      </button>
      <div class="who">
        <enk-avatar .identityKey=${contact.identityKey} .name=${contact.name}></enk-avatar>
        <div class="who-text">
          <h2>
            <button
              class="details truncate"
              type="button"
              data-testid="contact-details"
              aria-label=${conversation.details(contact.name)}
              @click=${() => this.#openDialog('contact', contact)}
            >
              <bdi>${contact.name}</bdi>
            </button>
          </h2>
          <p class="state ${isDanger ? 'danger' : ''}" role="status">
            <span class="facts">
              <span data-testid="connection-state" data-state=${contact.connection.kind}
                >${connectionWords(contact)}</span
              >
              ${
                isDanger
                  ? nothing
                  : html`<span data-testid="verification-state" data-state=${contact.verification}
                      >${verificationWords(contact)}</span
                    >`
              }
              ${this.#timerFact(contact)}
            </span>
          </p>
        </div>
      </div>
      ${this.#timerButton(contact)}
      <enk-call-buttons .contact=${contact}></enk-call-buttons>
      <button
        class="icon-button"
        type="button"
        data-testid="safety-number"
        aria-label=${notice.compare}
        title=${notice.compare}
        @click=${() => this.#openDialog('safety', contact)}
      >
        ${icon('key')}
      </button>
    </div>`;
  }

  #timerButton(contact: ContactView): TemplateResult {
    const texts = strings().retention.timer;
    const label = isTimed(contact) ? texts.isOn(duration(contact.timer.lifetimeMs)) : texts.open;
    return html`<button
      class="icon-button"
      type="button"
      data-testid="timer"
      aria-label=${label}
      title=${label}
      @click=${() => this.#openDialog('timer', contact)}
    >
      ${icon('timer')}
    </button>`;
  }

  /** The timer, and whether the other's device knows it. */
  #timerFact(contact: ContactView): TemplateResult | typeof nothing {
    if (!isTimed(contact)) return nothing;
    const texts = strings().retention.timer;
    const { lifetimeMs, isConfirmed } = contact.timer;
    return html`<span
      class=${isConfirmed ? '' : 'pending'}
      data-testid="timer-state"
      data-confirmed=${isConfirmed}
      title=${isConfirmed ? texts.isOn(duration(lifetimeMs)) : texts.unconfirmed(contact.name)}
      >${icon('timer', 14)}
      ${duration(lifetimeMs)}${isConfirmed ? nothing : `, ${texts.shortUnconfirmed}`}</span
    >`;
  }

  #onDelete({ message, forEveryone }: EnkMessageDeleteRequestEvent): void {
    const { contactId, position } = message;
    const { conversation } = this.#conversation;
    if (conversation?.contactId !== contactId) return;
    if (forEveryone) {
      this.dispatchEvent(new EnkDialogOpenRequestEvent({ kind: 'delete', contactId, message }));
      return;
    }
    conversation.deleteHere([position]).then(
      () => this.undoBar?.offer(() => conversation.undoDelete([position])),
      (error: unknown) => (this.error = errorText(error)),
    );
  }

  #notice(notice: ContactNotice, contact: ContactView): TemplateResult {
    return html`<div class="notice ${notice.tone}" role="alert" data-testid="notice">
      ${icon('alert', 20)}
      <p>${notice.text}</p>
      <div class="actions">${notice.actions.map(action => this.#action(action, contact))}</div>
      ${this.error ? html`<p class="error">${this.error}</p>` : nothing}
    </div>`;
  }

  #action(action: ContactNotice['actions'][number], contact: ContactView): TemplateResult {
    const { common, notice } = strings();
    switch (action) {
      case 'reconnect':
        return button(common.tryAgain, () => this.#intend(service => service.reconnect(contact.id)));
      case 'safety':
        return button(notice.compare, () => this.#openDialog('safety', contact));
      case 'dismiss':
        return button(common.dismiss, () => this.#intend(service => service.dismissNotice(contact.id)));
    }
  }

  #composer(contact: ContactView): TemplateResult {
    return html`<enk-composer
      .conversation=${this.#conversation.conversation}
      .name=${contact.name}
      .drafts=${this.drafts}
      ><enk-attach slot="tools" .contactId=${contact.id}></enk-attach
      ><enk-voice slot="tools" .contactId=${contact.id}></enk-voice
    ></enk-composer>`;
  }

  #blocked(contact: ContactView): TemplateResult {
    const texts = strings().conversation;
    return html`<div class="blocked">
      <p>${texts.blocked(contact.name)}</p>
      ${button(texts.unblock, () => this.#intend(service => service.setBlocked(contact.id, false)))}
    </div>`;
  }

  #openDialog(kind: 'contact' | 'safety' | 'timer', contact: ContactView): void {
    this.dispatchEvent(new EnkDialogOpenRequestEvent({ kind, contactId: contact.id }));
  }

  async #intend(act: (service: ContactsService) => Promise<void>): Promise<void> {
    const { service } = this.#contacts;
    if (!service) return;
    try {
      this.error = '';
      await act(service);
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

function isTimed(
  contact: ContactView,
): contact is ContactView & { timer: NonNullable<ContactView['timer']> } {
  return contact.timer !== null && contact.timer.lifetimeMs > 0;
}

function button(label: string, onClick: () => void): TemplateResult {
  return html`<button class="button" type="button" @click=${onClick}>${label}</button>`;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-conversation': EnkConversation;
  }
}
