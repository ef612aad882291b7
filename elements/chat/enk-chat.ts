import {
  contactsServiceContext,
  profileServiceContext,
  ServiceController,
  vaultServiceContext,
  type ContactId,
  type ContactView,
} from '@enk/context';
import { baseStyles, icon, strings } from '@enk/internal';
import { html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { keyed } from 'lit/directives/keyed.js';
import {
  EnkContactSelectedEvent,
  EnkUnreadChangedEvent,
  type ChatDialog,
  type EnkContactSelectRequestEvent,
  type EnkDialogOpenRequestEvent,
  type EnkMessageShowRequestEvent,
} from './enk-chat.events.ts';
import { chatStyles } from './enk-chat.styles.ts';
import type { Drafts } from './enk-composer.ts';
import type { EnkContactList } from './enk-contact-list.ts';
import type { EnkConversation } from './enk-conversation.ts';

/**
 * The whole chat: contacts, conversations, invites, safety numbers. Needs an `<enk-provider>` around it and nothing
 * else of the page. Adapts to its own width: one pane below 720 px, two from there. It fills the height that the
 * page gives it (or set `--enk-chat-height`).
 *
 * @slot toolbar - Beside the list's title; for controls of the page.
 *
 * @event enk-contact-selected - Another conversation, or none, is shown. Carries `contactId`.
 * @event enk-contact-added - A contact was added here. Carries `contactId`.
 * @event enk-message-sent - An own message is durable on this device. Carries `contactId` and `messageId`.
 * @event enk-unread-changed - Carries `count` over all contacts.
 *
 * @csspart list - The pane with the contacts.
 * @csspart conversation - The pane with the conversation.
 * @csspart bubble - One message's bubble.
 *
 * @cssproperty [--enk-chat-height=100%] - Height.
 * @cssproperty --enk-color-accent - Own messages, primary buttons. The other tokens: `internal/tokens.styles.ts`.
 *
 * @cssstate open - The profile is open.
 * @cssstate conversation - A conversation is shown.
 */
export class EnkChat extends LitElement {
  static override styles = [...baseStyles, chatStyles];

  /** Token of an invite to open, as it stands after `#invite=` in a link. Asked about once the profile is open. */
  @property() invite = '';
  /** Address of the page that opens invite links; this page when empty. */
  @property({ attribute: 'invite-base' }) inviteBase = '';
  /** `light` or `dark`; by the provider or the page when absent. */
  @property({ reflect: true }) theme: 'light' | 'dark' | undefined;

  @state() private selectedId: ContactId | null = null;
  @state() private dialog: ChatDialog | null = null;
  @state() private isImporting = false;
  /** From the first run until the recovery key was offered. */
  @state() private isSettingUp = false;
  @query('enk-contact-list') private readonly list!: EnkContactList | null;
  @query('enk-conversation') private readonly conversation!: EnkConversation | null;

  readonly #profile = new ServiceController(this, profileServiceContext);
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  readonly #vault = new ServiceController(this, vaultServiceContext);
  readonly #drafts: Drafts = new Map();
  readonly #internals = this.attachInternals();
  #unreadCount = 0;
  #pendingInvite = '';
  /** Set while a new contact's first `contacts` event is on its way. */
  #awaitedId: ContactId | null = null;

  /** Shows a conversation, or the list when null. */
  selectContact(contactId: ContactId | null): void {
    if (contactId === this.selectedId) {
      this.conversation?.focus();
      return;
    }
    const leftId = this.selectedId;
    this.selectedId = contactId;
    this.#awaitedId = contactId;
    this.dispatchEvent(new EnkContactSelectedEvent(contactId));
    void this.updateComplete.then(() => this.#focusAfterSelection(leftId));
  }

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (this.#profile.snapshot?.kind === 'needs-name') this.isSettingUp = true;
    this.#openInvite(changed);
    this.#dropSelectionOfRemoved();
  }

  protected override render(): TemplateResult {
    return html`${this.#content()}
    ${
      this.isImporting
        ? html`<enk-import-dialog
            @enk-dialog-close-request=${() => (this.isImporting = false)}
          ></enk-import-dialog>`
        : nothing
    }`;
  }

  #content(): TemplateResult {
    const profile = this.#profile.snapshot;
    if (profile?.kind === 'needs-name')
      return html`<enk-first-run @enk-import-request=${() => (this.isImporting = true)}></enk-first-run>`;
    if (profile?.kind === 'open' && this.#offersRecovery())
      return html`<enk-recovery-offer
        @enk-recovery-offer-ended=${() => (this.isSettingUp = false)}
      ></enk-recovery-offer>`;
    if (profile?.kind !== 'open') return html`<enk-profile-state .profile=${profile}></enk-profile-state>`;
    const contact = this.#selected();
    return html`<div
        class="panes ${contact ? 'selected' : ''}"
        @enk-contact-select-request=${this.#onSelect}
        @enk-message-show-request=${this.#onShowMessage}
        @enk-dialog-open-request=${this.#onDialogOpen}
        @keydown=${this.#onKeydown}
      >
        <enk-contact-list part="list" .selectedId=${this.selectedId}>
          <slot name="toolbar" slot="toolbar"></slot>
        </enk-contact-list>
        ${
          contact
            ? html`<enk-conversation
                part="conversation"
                exportparts="bubble"
                .contact=${contact}
                .drafts=${this.#drafts}
              ></enk-conversation>`
            : this.#placeholder(profile.displayName)
        }
      </div>
      <div
        @enk-contact-select-request=${this.#onSelect}
        @enk-dialog-open-request=${this.#onDialogOpen}
        @enk-dialog-close-request=${this.#closeDialog}
      >
        ${this.#dialogTemplate()}
      </div>`;
  }

  /** Once, right after the first run. */
  #offersRecovery(): boolean {
    const methods = this.#vault.snapshot?.methods;
    return this.isSettingUp && methods?.every(({ kind }) => kind === 'device') === true;
  }

  protected override updated(): void {
    this.#setState('open', this.#profile.snapshot?.kind === 'open');
    this.#setState('conversation', this.#selected() !== undefined);
    this.#tellUnread();
  }

  #placeholder(ownName: string): TemplateResult {
    const texts = strings().list;
    const isEmpty = this.#contacts.snapshot?.contacts.length === 0;
    return html`<div class="placeholder">
      ${isEmpty ? nothing : icon('chat', 32)}
      <h2>${isEmpty ? texts.welcome(ownName) : texts.selectTitle}</h2>
      <p>${texts.selectHint}</p>
    </div>`;
  }

  #dialogTemplate(): TemplateResult | typeof nothing {
    const { dialog } = this;
    switch (dialog?.kind) {
      case 'add':
        return html`<enk-add-dialog></enk-add-dialog>`;
      case 'invite':
        return html`<enk-invite-dialog .base=${this.inviteBase || location.href}></enk-invite-dialog>`;
      case 'accept':
        // A second invite that arrives meanwhile is another dialog, with nothing of the first.
        return html`${keyed(dialog, html`<enk-accept-dialog .token=${dialog.token}></enk-accept-dialog>`)}`;
      case 'address':
        return html`<enk-address-dialog></enk-address-dialog>`;
      case 'contact':
        return html`<enk-contact-dialog .contactId=${dialog.contactId}></enk-contact-dialog>`;
      case 'safety':
        return html`<enk-safety-dialog .contactId=${dialog.contactId}></enk-safety-dialog>`;
      case 'timer':
        return html`<enk-timer-dialog .contactId=${dialog.contactId}></enk-timer-dialog>`;
      case 'delete':
        return html`<enk-delete-dialog
          .contactId=${dialog.contactId}
          .message=${dialog.message}
        ></enk-delete-dialog>`;
      case undefined:
        return nothing;
    }
  }

  #selected(): ContactView | undefined {
    return this.#contacts.snapshot?.contacts.find(contact => contact.id === this.selectedId);
  }

  /** An invite is asked about once, and only when there is a profile to add the contact to. */
  #openInvite(changed: PropertyValues<this>): void {
    if (changed.has('invite') && this.invite !== '') this.#pendingInvite = this.invite;
    if (this.#pendingInvite === '' || this.#profile.snapshot?.kind !== 'open') return;
    this.dialog = { kind: 'accept', token: this.#pendingInvite };
    this.#pendingInvite = '';
  }

  #dropSelectionOfRemoved(): void {
    if (this.selectedId === null || !this.#contacts.snapshot?.isLoaded) return;
    if (this.#selected()) this.#awaitedId = null;
    else if (this.#awaitedId !== this.selectedId) {
      this.#drafts.delete(this.selectedId);
      this.selectedId = null;
      void this.updateComplete.then(() => this.dispatchEvent(new EnkContactSelectedEvent(null)));
    }
  }

  async #focusAfterSelection(leftId: ContactId | null): Promise<void> {
    if (this.dialog) return;
    if (this.selectedId === null) {
      await this.list?.focusRow(leftId);
      return;
    }
    await this.conversation?.updateComplete;
    // On touch screens the keyboard would cover what one came to read.
    if (!matchMedia('(pointer: coarse)').matches) this.conversation?.focus();
  }

  #onSelect(event: EnkContactSelectRequestEvent): void {
    this.selectContact(event.contactId);
  }

  async #onShowMessage({ contactId, position }: EnkMessageShowRequestEvent): Promise<void> {
    if (contactId !== this.selectedId) this.selectContact(contactId);
    await this.updateComplete;
    await this.conversation?.showMessage(position);
  }

  #onDialogOpen(event: EnkDialogOpenRequestEvent): void {
    this.dialog = event.dialog;
  }

  #closeDialog(): void {
    this.dialog = null;
    void this.updateComplete.then(() => this.#catchFocus());
  }

  /** The dialog gave the focus back, unless what had it went away with the contact. */
  #catchFocus(): void {
    if (document.activeElement !== document.body || this.dialog) return;
    if (this.selectedId === null) void this.list?.focusRow(null);
    else this.conversation?.focus();
  }

  /** In one pane, Escape leads back to the list; whatever stands above (a dialog) took its Escape before. */
  #onKeydown(event: KeyboardEvent): void {
    if (event.key !== 'Escape' || event.isComposing || event.defaultPrevented || !this.selectedId) return;
    if (this.list?.checkVisibility()) return;
    event.preventDefault();
    this.selectContact(null);
  }

  #tellUnread(): void {
    const contacts = this.#contacts.snapshot?.contacts ?? [];
    const count = contacts.reduce((sum, contact) => sum + (contact.isBlocked ? 0 : contact.unreadCount), 0);
    if (count === this.#unreadCount) return;
    this.#unreadCount = count;
    this.dispatchEvent(new EnkUnreadChangedEvent(count));
  }

  #setState(name: 'open' | 'conversation', isOn: boolean): void {
    if (isOn) this.#internals.states.add(name);
    else this.#internals.states.delete(name);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-chat': EnkChat;
  }
}
