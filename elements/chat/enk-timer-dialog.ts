import {
  contactsServiceContext,
  ConversationController,
  ServiceController,
  type ContactId,
  type ContactView,
  type MessageTimer,
} from '@enk/context';
import { duration, strings } from '@enk/internal';
import { css, html, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { ChatDialogElement } from './chat-dialog.ts';

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const DAY_MS = 24 * HOUR_MS;
/** 0: off. */
const LIFETIMES_MS: readonly number[] = [
  0,
  30 * SECOND_MS,
  300 * SECOND_MS,
  HOUR_MS,
  8 * HOUR_MS,
  DAY_MS,
  7 * DAY_MS,
  28 * DAY_MS,
];
const STARTS = ['reading', 'sending'] as const;

/** How long new messages of a conversation stay, and from when that counts. */
export class EnkTimerDialog extends ChatDialogElement {
  static override styles = [
    ...ChatDialogElement.styles,
    css`
      fieldset {
        display: grid;
        gap: 4px;
        margin: 0;
        padding: 0;
        border: 0;
        min-inline-size: 0;
      }
      legend {
        margin-block-end: 6px;
        padding: 0;
        font-size: var(--_size-small);
        font-weight: 500;
      }
      .lifetimes {
        grid-template-columns: repeat(auto-fill, minmax(9rem, 1fr));
      }
      label {
        display: flex;
        align-items: flex-start;
        gap: 10px;
        min-block-size: 36px;
        padding: 6px 0;
        cursor: pointer;
      }
      input {
        flex: none;
        inline-size: 18px;
        block-size: 18px;
        margin: 3px 0 0;
        accent-color: var(--_accent);
      }
      .hint {
        display: block;
      }
    `,
  ];

  @property({ attribute: false }) contactId: ContactId | undefined;
  /** What is chosen here; undefined: what holds. */
  @state() private lifetimeMs: number | undefined;
  @state() private startsAt: MessageTimer['startsAt'] | undefined;
  readonly #contacts = new ServiceController(this, contactsServiceContext);
  readonly #conversation = new ConversationController(this);

  protected override willUpdate(changed: PropertyValues<this>): void {
    super.willUpdate(changed);
    this.#conversation.select(this.contactId);
  }

  protected heading(): string {
    return strings().retention.timer.title;
  }

  protected content(): TemplateResult {
    const contact = this.#contacts.snapshot?.contacts.find(({ id }) => id === this.contactId);
    if (!contact) return html`<p class="muted">${strings().error['unknown-contact']}</p>`;
    const texts = strings().retention.timer;
    const { lifetimeMs } = this.#chosen(contact);
    return html`<form class="stack" @submit=${(event: SubmitEvent) => this.#submit(event, contact)}>
      <p class="muted">${texts.intro(contact.name)}</p>
      ${this.#lifetimes(lifetimeMs)} ${lifetimeMs > 0 ? this.#starts(contact) : nothing}
      <p class="hint">${texts.honest}</p>
      ${this.errorLine()}
      <div class="actions">
        <button class="button quiet" type="button" @click=${this.close}>${strings().common.cancel}</button>
        <button class="button primary" type="submit" data-testid="timer-save" ?disabled=${this.isBusy}>
          ${texts.submit}
        </button>
      </div>
    </form>`;
  }

  #chosen({ timer }: ContactView): MessageTimer {
    return {
      lifetimeMs: this.lifetimeMs ?? timer?.lifetimeMs ?? 0,
      startsAt: this.startsAt ?? (timer !== null && timer.lifetimeMs > 0 ? timer.startsAt : 'reading'),
    };
  }

  #lifetimes(chosenMs: number): TemplateResult {
    const texts = strings().retention.timer;
    // One that the other side chose and that is not in the list is one of the choices, too.
    const choices = [...new Set([...LIFETIMES_MS, chosenMs])].sort((a, b) => a - b);
    return html`<fieldset class="lifetimes">
      <legend>${texts.lifetime}</legend>
      ${choices.map(
        lifetimeMs =>
          html`<label
            ><input
              type="radio"
              name="lifetime"
              data-testid=${`timer-${lifetimeMs / SECOND_MS}`}
              .checked=${lifetimeMs === chosenMs}
              @change=${() => (this.lifetimeMs = lifetimeMs)}
            /><span>${lifetimeMs === 0 ? texts.off : duration(lifetimeMs)}</span></label
          >`,
      )}
    </fieldset>`;
  }

  #starts(contact: ContactView): TemplateResult {
    const texts = strings().retention.timer;
    const { startsAt } = this.#chosen(contact);
    return html`<fieldset>
      <legend>${texts.startsAt}</legend>
      ${STARTS.map(
        start =>
          html`<label
            ><input
              type="radio"
              name="starts"
              data-testid=${`timer-${start}`}
              .checked=${start === startsAt}
              @change=${() => (this.startsAt = start)}
            /><span>${texts.starts[start]}<span class="hint">${texts.startsHint[start]}</span></span></label
          >`,
      )}
    </fieldset>`;
  }

  async #submit(event: SubmitEvent, contact: ContactView): Promise<void> {
    event.preventDefault();
    const timer = this.#chosen(contact);
    await this.intend(() => this.#conversation.conversation?.setTimer(timer.lifetimeMs === 0 ? null : timer));
    if (this.error === '') this.close();
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-timer-dialog': EnkTimerDialog;
  }
}
