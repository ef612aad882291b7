import type { ContactId } from '@enk/context';
import { baseStyles, buttonStyles, EnkDialogCloseRequestEvent, errorText, fieldStyles } from '@enk/internal';
import { html, LitElement, nothing, type TemplateResult } from 'lit';
import { state } from 'lit/decorators.js';
import { dialogContentStyles } from './dialogs.styles.ts';
import {
  EnkContactAddedEvent,
  EnkContactSelectRequestEvent,
  EnkDialogOpenRequestEvent,
  type ChatDialog,
} from './enk-chat.events.ts';

/**
 * What the chat's dialogs have in common. A dialog exists only while it is shown: the chat creates it to open it
 * and removes it to close it, so no state outlives its showing.
 *
 * @event enk-dialog-close-request - Done, or no longer wanted.
 */
export abstract class ChatDialogElement extends LitElement {
  static override styles = [...baseStyles, buttonStyles, fieldStyles, dialogContentStyles];

  /** What went wrong with the last intent, in words. */
  @state() protected error = '';
  /** An intent is on its way. */
  @state() protected isBusy = false;

  protected abstract heading(): string;
  protected abstract content(): TemplateResult;

  protected override render(): TemplateResult {
    return html`<enk-dialog open .heading=${this.heading()} @enk-dialog-close-request=${this.close}>
      ${this.content()}
    </enk-dialog>`;
  }

  protected readonly close = (): void => {
    this.dispatchEvent(new EnkDialogCloseRequestEvent());
  };

  protected goTo(dialog: ChatDialog): void {
    this.dispatchEvent(new EnkDialogOpenRequestEvent(dialog));
  }

  /** Ends the dialog at a conversation. */
  protected openConversation(contactId: ContactId): void {
    this.close();
    this.dispatchEvent(new EnkContactSelectRequestEvent(contactId));
  }

  protected finishWithNewContact(contactId: ContactId): void {
    this.dispatchEvent(new EnkContactAddedEvent(contactId));
    this.openConversation(contactId);
  }

  /** Runs one intent at a time; a failure is shown, and what was entered stays. */
  protected async intend<T>(act: () => Promise<T> | undefined): Promise<T | undefined> {
    if (this.isBusy) return undefined;
    this.isBusy = true;
    this.error = '';
    try {
      return await act();
    } catch (error) {
      this.error = errorText(error);
      return undefined;
    } finally {
      this.isBusy = false;
    }
  }

  protected errorLine(): TemplateResult | typeof nothing {
    return this.error ? html`<p class="error" id="error" role="alert">${this.error}</p>` : nothing;
  }

  /** What this person calls the other: `#name`. */
  protected nameField(options: {
    readonly label: string;
    readonly hint: string;
    readonly testId: string;
  }): TemplateResult {
    return html`<div class="field">
      <label for="name">${options.label}</label>
      <input
        class="input"
        id="name"
        dir="auto"
        required
        maxlength="64"
        autocomplete="off"
        data-testid=${options.testId}
        aria-describedby="name-hint"
      />
      <p class="hint" id="name-hint">${options.hint}</p>
    </div>`;
  }

  protected value(selector: string): string {
    return this.renderRoot.querySelector<HTMLInputElement>(selector)?.value ?? '';
  }
}
