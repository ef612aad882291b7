import {
  contactsServiceContext,
  ConversationController,
  ServiceController,
  type ContactId,
  type MessageView,
} from '@enk/context';
import { strings } from '@enk/internal';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { ChatDialogElement } from './chat-dialog.ts';

/** More of a long message is no help to see which one it is. */
const PREVIEW_CODE_UNITS = 280;

/** Asks once more before a message is deleted for everyone, and says what that can and cannot do. */
export class EnkDeleteDialog extends ChatDialogElement {
  static override styles = [
    ...ChatDialogElement.styles,
    css`
      blockquote {
        margin: 0;
        max-block-size: 6em;
        padding: 8px 12px;
        border-radius: var(--_radius);
        background: var(--_bubble);
        overflow: hidden auto;
        overflow-wrap: anywhere;
        white-space: pre-wrap;
      }
    `,
  ];

  @property({ attribute: false }) contactId: ContactId | undefined;
  @property({ attribute: false }) message: MessageView | undefined;
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  readonly #conversation = new ConversationController(this);

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    this.#conversation.select(this.contactId);
  }

  protected heading(): string {
    return strings().retention.confirm.title;
  }

  protected content(): TemplateResult {
    const texts = strings().retention.confirm;
    const name = this.#contacts.snapshot?.contacts.find(({ id }) => id === this.contactId)?.name ?? '';
    const { message } = this;
    const isOnItsWay = message?.state === 'queued' || message?.state === 'sent';
    return html`<div class="stack">
      <blockquote dir="auto" tabindex="0" aria-label=${texts.preview}>
        ${message?.text.slice(0, PREVIEW_CODE_UNITS)}
      </blockquote>
      <p>${texts.asked(name)}</p>
      ${isOnItsWay ? html`<p>${texts.unsent(name)}</p>` : nothing}
      <p class="hint">${texts.honest}</p>
      ${this.errorLine()}
      <div class="actions">
        <button class="button quiet" type="button" @click=${this.close}>${strings().common.cancel}</button>
        <button
          class="button danger"
          type="button"
          data-testid="delete-everyone-confirm"
          ?disabled=${this.isBusy}
          @click=${this.#submit}
        >
          ${texts.submit}
        </button>
      </div>
    </div>`;
  }

  async #submit(): Promise<void> {
    const { message } = this;
    if (!message) return;
    await this.intend(() => this.#conversation.conversation?.deleteForEveryone([message.position]));
    if (this.error === '') this.close();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-delete-dialog': EnkDeleteDialog;
  }
}
