import { callServiceContext, type ContactView, ServiceController } from '@enk/context';
import { baseStyles, buttonStyles, errorText, icon, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';

/**
 * The two buttons that call one contact, with and without picture. For the header of a conversation, or for any page:
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
    `,
  ];

  @property({ attribute: false }) contact: ContactView | undefined;
  @state() private error = '';
  readonly #calls = new ServiceController(this, callServiceContext);

  protected override render(): TemplateResult | typeof nothing {
    const { contact } = this;
    const { snapshot } = this.#calls;
    const canCall = contact !== undefined && !contact.isBlocked && contact.identityKey !== null;
    if (!snapshot || !canCall) return nothing;
    const isBusy = snapshot.call !== null && snapshot.call.phase !== 'ended';
    return html`${this.#button(contact, false, isBusy)}${this.#button(contact, true, isBusy)}
    ${this.error === '' ? nothing : html`<p class="error" role="alert">${this.error}</p>`}`;
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
