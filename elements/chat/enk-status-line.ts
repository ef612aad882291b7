import { connectionServiceContext, ServiceController, type SignalingState } from '@enk/context';
import { baseStyles, icon, strings } from '@enk/internal';
import { css, html, LitElement, type TemplateResult } from 'lit';

/** Says when the broker cannot be reached, and what that means. Silent in the ordinary case. */
export class EnkStatusLine extends LitElement {
  static override styles = [
    ...baseStyles,
    css`
      :host {
        display: block;
      }
      p {
        display: flex;
        gap: 10px;
        margin: 0 8px 8px;
        padding: 8px 12px;
        border-radius: var(--_radius);
        background: var(--_warning-surface);
        color: var(--_warning);
        font-size: var(--_size-small);
      }
      p.calm {
        padding-block: 0;
        background: none;
        color: var(--_text-muted);
      }
      svg {
        margin-block-start: 2px;
      }
    `,
  ];

  readonly #connection = new ServiceController(this, connectionServiceContext);

  protected override render(): TemplateResult {
    return html`<div role="status" data-testid="signaling-state">
      ${this.#line(this.#connection.snapshot)}
    </div>`;
  }

  #line(state: SignalingState | undefined): TemplateResult | string {
    const texts = strings().signaling;
    if (state?.kind === 'connecting') return html`<p class="calm">${texts.connecting}</p>`;
    if (state?.kind !== 'offline') return '';
    return html`<p>${icon('offline', 16)} <span>${texts[state.reason]}</span></p>`;
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-status-line': EnkStatusLine;
  }
}
