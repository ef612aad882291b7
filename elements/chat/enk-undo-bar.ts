import { baseStyles, buttonStyles, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { query, state } from 'lit/decorators.js';

/** A little less than the worker keeps what was deleted: a press at the last moment still finds it. */
const SHOWN_MS = 7_000;

/**
 * Says that something was deleted, and takes it back, for a few seconds.
 *
 * @event enk-undo-bar-left - It went away with the focus.
 */
export class EnkUndoBar extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: block;
      }
      .bar {
        display: flex;
        align-items: center;
        justify-content: center;
        gap: 12px;
        padding: 6px 16px;
        border-block-start: 1px solid var(--_border);
        color: var(--_text-muted);
        font-size: var(--_size-small);
      }
    `,
  ];

  @state() private isShown = false;
  @query('button') private readonly button!: HTMLElement | null;
  #undo: (() => Promise<void>) | undefined;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.hide();
  }

  /** Offers to take something back. What was offered before stays done. */
  async offer(undo: () => Promise<void>): Promise<void> {
    this.#undo = undo;
    this.isShown = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.hide(), SHOWN_MS);
    await this.updateComplete;
    this.button?.focus({ preventScroll: true });
  }

  hide(): void {
    clearTimeout(this.#timer);
    const hadFocus = this.renderRoot instanceof ShadowRoot && this.renderRoot.activeElement !== null;
    this.#undo = undefined;
    this.isShown = false;
    if (hadFocus) this.dispatchEvent(new Event('enk-undo-bar-left'));
  }

  protected override render(): TemplateResult {
    const { deleted } = strings().retention;
    return html`<div role="status">
      ${
        this.isShown
          ? html`<div class="bar">
              <span>${deleted.here}</span>
              <button class="button quiet" type="button" data-testid="undo-delete" @click=${this.#onClick}>
                ${deleted.undo}
              </button>
            </div>`
          : nothing
      }
    </div>`;
  }

  #onClick(): void {
    const undo = this.#undo;
    this.hide();
    undo?.().catch(() => undefined); // it is gone for good by now, and stays away
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-undo-bar': EnkUndoBar;
  }
}
