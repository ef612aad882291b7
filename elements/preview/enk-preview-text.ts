import { baseStyles, byteText, errorText, strings } from '@enk/internal';
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import type { ByteSource } from './preview-item.ts';

/** What is read of a text: more would be slow to lay out, and nobody reads it here. */
export const MAX_TEXT_BYTES = 1_000_000;

/** A text as a text: nothing in it is markup. */
export class EnkPreviewText extends LitElement {
  static override styles = [
    ...baseStyles,
    css`
      :host {
        display: block;
        overflow: auto;
        background: var(--_raised);
        border-radius: var(--_radius);
      }
      pre {
        margin: 0;
        padding: 16px;
        font-family: var(--_mono);
        font-size: var(--_size-small);
        line-height: 1.5;
        tab-size: 4;
        white-space: pre-wrap;
        overflow-wrap: anywhere;
      }
      p {
        padding: 12px 16px;
        color: var(--_text-muted);
        font-size: var(--_size-small);
      }
    `,
  ];

  @property({ attribute: false }) source: ByteSource | undefined;
  @property() label = '';
  @state() private text: string | null = null;
  @state() private error = '';

  protected override willUpdate(changed: PropertyValues<this>): void {
    if (changed.has('source') && this.source) void this.#read(this.source);
  }

  protected override render(): TemplateResult {
    const texts = strings().preview;
    if (this.error) return html`<p role="alert">${this.error}</p>`;
    if (this.text === null) return html`<p role="status">${texts.loading}</p>`;
    const size = this.source?.sizeBytes ?? 0;
    return html`<pre
        tabindex="0"
        role="region"
        aria-label=${this.label}
        dir="auto"
        data-testid="preview-text"
      >
${this.text}</pre>
      ${size > MAX_TEXT_BYTES ? html`<p>${texts.cut(byteText(MAX_TEXT_BYTES), byteText(size))}</p>` : nothing}`;
  }

  async #read(source: ByteSource): Promise<void> {
    this.text = null;
    this.error = '';
    try {
      const text = decodeText(await source.read(0, Math.min(MAX_TEXT_BYTES, source.sizeBytes)));
      if (this.source === source) this.text = text;
    } catch (error) {
      this.error = errorText(error);
    }
  }
}

/** UTF-8, or UTF-16 with its mark; what is neither shows as replacement characters. */
export function decodeText(bytes: Uint8Array): string {
  const [first, second] = bytes;
  const isLittle = first === 0xff && second === 0xfe;
  const isBig = first === 0xfe && second === 0xff;
  return new TextDecoder(isLittle ? 'utf-16le' : isBig ? 'utf-16be' : 'utf-8').decode(bytes);
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-preview-text': EnkPreviewText;
  }
}
