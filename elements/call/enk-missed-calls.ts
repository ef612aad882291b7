import { callServiceContext, type ContactView, type MissedCallView, ServiceController } from '@enk/context';
import { baseStyles, buttonStyles, clockTime, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';

/** What one contact's calls came to while nobody answered, with the way to call back. Set `contact`. */
export class EnkMissedCalls extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: block;
      }
      .line {
        display: flex;
        flex-wrap: wrap;
        align-items: center;
        gap: 4px 10px;
        padding: 8px 16px;
        border-block-end: 1px solid var(--_border);
        background: var(--_warning-surface);
        color: var(--_warning);
        font-size: var(--_size-small);
      }
      p {
        flex: 1;
        min-inline-size: 8em;
      }
    `,
  ];

  @property({ attribute: false }) contact: ContactView | undefined;
  readonly #calls = new ServiceController(this, callServiceContext);

  protected override render(): TemplateResult | typeof nothing {
    const { contact } = this;
    const missed = this.#calls.snapshot?.missed.findLast(({ contactId }) => contactId === contact?.id);
    if (contact === undefined || missed === undefined) return nothing;
    const { call, common } = strings();
    return html`<div class="line" role="status" data-testid="missed-call">
      ${icon('phone', 16)}
      <p>${words(missed, clockTime(missed.atMs))}</p>
      <button
        class="button"
        type="button"
        data-testid="call-back"
        @click=${() => this.#callBack(contact, missed.isVideo)}
      >
        ${call.callBack}
      </button>
      <button
        class="button quiet"
        type="button"
        @click=${() => this.#calls.service?.dismissMissed(contact.id)}
      >
        ${common.dismiss}
      </button>
    </div>`;
  }

  async #callBack({ id }: ContactView, isVideo: boolean): Promise<void> {
    await this.#calls.service?.dismissMissed(id);
    await this.#calls.service?.start(id, isVideo);
  }
}

function words({ isVideo, times }: MissedCallView, time: string): string {
  const { call } = strings();
  if (times > 1) return call.missedTimes(times, time);
  return isVideo ? call.missedVideo(time) : call.missed(time);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-missed-calls': EnkMissedCalls;
  }
}
