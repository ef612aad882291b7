import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import encodeQR from 'qr';
import { baseStyles } from './base.styles.ts';

/** Modules of quiet zone around the code; scanners want four. */
const QUIET_ZONE = 4;

/**
 * A QR code as one SVG path. Always dark on white, whatever the theme: scanners expect it.
 *
 * @cssproperty [--enk-qr-size=200px] - Width and height.
 */
export class EnkQr extends LitElement {
  static override styles = [
    ...baseStyles,
    css`
      :host {
        display: block;
        inline-size: var(--enk-qr-size, 200px);
        block-size: var(--enk-qr-size, 200px);
        border-radius: var(--_radius);
        overflow: hidden;
        background: #ffffff;
      }
      svg {
        inline-size: 100%;
        block-size: 100%;
      }
    `,
  ];

  /** Text is encoded as UTF-8, bytes as they are. */
  @property({ attribute: false }) content: string | Uint8Array = '';
  /** What it is, for those who do not see it. */
  @property() label = '';

  protected override render(): TemplateResult | typeof nothing {
    if (this.content.length === 0) return nothing;
    const modules = encode(this.content);
    const size = modules.length;
    return html`<svg
      viewBox="0 0 ${size} ${size}"
      role="img"
      aria-label=${this.label}
      shape-rendering="crispEdges"
    >
      <path fill="#111111" d=${path(modules)} />
    </svg>`;
  }
}

function encode(content: string | Uint8Array): boolean[][] {
  if (typeof content === 'string') return encodeQR(content, 'raw', { ecc: 'medium', border: QUIET_ZONE });
  // The library takes text; the bytes go in through its encoder.
  return encodeQR(' ', 'raw', {
    ecc: 'medium',
    border: QUIET_ZONE,
    encoding: 'byte',
    textEncoder: () => content,
  });
}

/** One horizontal run after the other. */
function path(modules: readonly (readonly boolean[])[]): string {
  let d = '';
  modules.forEach((row, y) => {
    for (let x = 0; x < row.length; x++) {
      if (!row[x]) continue;
      const start = x;
      while (row[x + 1]) x++;
      d += `M${start} ${y}h${x - start + 1}v1h-${x - start + 1}z`;
    }
  });
  return d;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-qr': EnkQr;
  }
}
