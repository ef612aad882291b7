import { callServiceContext, type ContactView, ServiceController } from '@enk/context';
import { baseStyles, buttonStyles, errorText, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';

/**
 * The buttons that call one contact, with and without picture, and the one that looks at the devices before. For the header of a conversation, or for any page:
 * set `contact`. Shows nothing where there are no calls.
 */
export class EnkCallButtons extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        position: relative;
        display: flex;
        flex: none;
      }
      .error {
        position: absolute;
        inset-block-start: 100%;
        inset-inline-end: 0;
        inline-size: max-content;
        max-inline-size: 260px;
        padding: 8px 12px;
        border-radius: var(--_radius);
        background: var(--_danger-surface);
        color: var(--_danger);
        font-size: var(--_size-small);
        z-index: 1;
      }
      /* Where a header is narrow, a long press on either of the others leads there. */
      @container (max-width: 520px) {
        .checks {
          display: none;
        }
      }
      .check {
        display: grid;
        gap: 16px;
      }
      .calls {
        display: grid;
        grid-template-columns: 1fr 1fr;
        gap: 8px;
        /* Always in sight, however low the window. */
        position: sticky;
        inset-block-end: 0;
        margin-block-end: -20px;
        padding-block: 12px 20px;
        background: var(--_raised);
      }
    `,
  ];

  @property({ attribute: false }) contact: ContactView | undefined;
  @state() private error = '';
  @state() private isChecking = false;
  readonly #calls = new ServiceController(this, callServiceContext);

  protected override render(): TemplateResult | typeof nothing {
    const { contact } = this;
    const { snapshot } = this.#calls;
    const canCall = contact !== undefined && !contact.isBlocked && contact.identityKey !== null;
    if (!snapshot || !canCall) return nothing;
    const isBusy = snapshot.call !== null && snapshot.call.phase !== 'ended';
    return html`${this.#button(contact, false, isBusy)}${this.#button(contact, true, isBusy)}
      <button
        class="icon-button checks"
        type="button"
        data-testid="check-devices"
        aria-label=${strings().call.check.open}
        title=${strings().call.check.open}
        ?disabled=${isBusy}
        @click=${() => (this.isChecking = true)}
      >
        ${icon('settings')}
      </button>
      ${this.isChecking ? this.#check(contact, isBusy) : nothing}
      ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}`;
  }

  /** Who is about to call sees and hears what the others would. */
  #check(contact: ContactView, isBusy: boolean): TemplateResult {
    const { check } = strings().call;
    const begin = (isVideo: boolean, label: string): TemplateResult =>
      html`<button
        class="button ${isVideo ? 'primary' : ''}"
        type="button"
        data-testid=${isVideo ? 'check-video-call' : 'check-call'}
        ?disabled=${isBusy}
        @click=${async () => {
          await this.#start(contact, isVideo);
          this.isChecking = false;
        }}
      >
        ${icon(isVideo ? 'camera' : 'phone', 16)} ${label}
      </button>`;
    return html`<enk-dialog
      open
      .heading=${check.title(contact.name)}
      data-testid="call-check"
      @enk-dialog-close-request=${() => (this.isChecking = false)}
    >
      <div class="check">
        <enk-device-panel></enk-device-panel>
        <div class="calls">${begin(false, check.voice)}${begin(true, check.video)}</div>
      </div>
    </enk-dialog>`;
  }

  #button(contact: ContactView, isVideo: boolean, isBusy: boolean): TemplateResult {
    const { start } = strings().call;
    const label = isVideo ? start.video(contact.name) : start.voice(contact.name);
    return html`<button
      class="icon-button"
      type="button"
      data-testid=${isVideo ? 'start-video-call' : 'start-call'}
      aria-label=${label}
      title=${label}
      ?disabled=${isBusy}
      @click=${() => this.#start(contact, isVideo)}
      @contextmenu=${(event: Event) => {
        event.preventDefault();
        this.isChecking = true;
      }}
    >
      ${icon(isVideo ? 'camera' : 'phone')}
    </button>`;
  }

  async #start({ id }: ContactView, isVideo: boolean): Promise<void> {
    try {
      this.error = '';
      await this.#calls.service?.dismissMissed(id);
      await this.#calls.service?.start(id, isVideo);
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-call-buttons': EnkCallButtons;
  }
}
