import { css, html, LitElement, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { baseStyles } from './base.styles.ts';
import { buttonStyles } from './controls.styles.ts';
import { icon } from './icons.ts';
import { strings } from './strings.ts';

/** How long the button says that it worked. */
const CONFIRMATION_MS = 2_000;

/** Copies `text` and says so in its own label. Where the clipboard is refused, `enk-copy-failed` tells the owner. */
export class EnkCopyButton extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: inline-grid;
      }
    `,
  ];

  @property({ attribute: false }) text = '';
  @property({ type: Boolean }) primary = false;
  @state() private isCopied = false;
  #timer: ReturnType<typeof setTimeout> | undefined;

  override focus(options?: FocusOptions): void {
    this.renderRoot.querySelector('button')?.focus(options);
  }

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    clearTimeout(this.#timer);
    this.isCopied = false;
  }

  protected override render(): TemplateResult {
    const { common } = strings();
    return html`<button class="button ${this.primary ? 'primary' : ''}" type="button" @click=${this.#copy}>
      ${icon(this.isCopied ? 'check' : 'copy', 16)}
      <span aria-live="polite">${this.isCopied ? common.copied : common.copy}</span>
    </button>`;
  }

  async #copy(): Promise<void> {
    try {
      await navigator.clipboard.writeText(this.text);
    } catch {
      // No permission, or no secure context: the owner selects the text instead.
      this.dispatchEvent(new Event('enk-copy-failed', { bubbles: true }));
      return;
    }
    this.isCopied = true;
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => (this.isCopied = false), CONFIRMATION_MS);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-copy-button': EnkCopyButton;
  }
}
