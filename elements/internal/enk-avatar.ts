import { css, html, LitElement, svg, type TemplateResult } from 'lit';
import { property } from 'lit/decorators.js';
import { baseStyles } from './base.styles.ts';
import { identicon } from './identicon.ts';

/**
 * The picture of a person, drawn from the identity key; the first letter of the name while there is no key.
 * Decorative: whoever shows it shows the name beside it.
 *
 * @cssproperty [--enk-avatar-size=40px] - Width and height.
 */
export class EnkAvatar extends LitElement {
  static override styles = [
    ...baseStyles,
    css`
      :host {
        display: block;
        flex: none;
        inline-size: var(--enk-avatar-size, 40px);
        block-size: var(--enk-avatar-size, 40px);
        border-radius: 50%;
        overflow: hidden;
      }
      svg {
        inline-size: 100%;
        block-size: 100%;
      }
      .letter {
        fill: var(--_text-muted);
        font: 500 17px var(--_font);
        text-anchor: middle;
        dominant-baseline: central;
      }
      .disc {
        fill: var(--_hover);
      }
    `,
  ];

  /** Ed25519 identity key, 32 bytes, or null before the first handshake. */
  @property({ attribute: false }) identityKey: Uint8Array | null = null;
  /** Local name; only its first letter is used. */
  @property({ attribute: false }) name = '';

  protected override render(): TemplateResult {
    return html`<svg viewBox="0 0 40 40" aria-hidden="true">
      ${this.identityKey ? this.#picture(this.identityKey) : this.#letter()}
    </svg>`;
  }

  #picture(key: Uint8Array): TemplateResult {
    const { background, tiles } = identicon(key);
    return svg`<rect width="40" height="40" fill=${background} />
      ${tiles.map(tile => svg`<path d=${tile.path} transform=${tile.transform} fill=${tile.fill} />`)}`;
  }

  #letter(): TemplateResult {
    return svg`<rect class="disc" width="40" height="40" />
      <text class="letter" x="20" y="20.5">${firstLetter(this.name)}</text>`;
  }
}

function firstLetter(name: string): string {
  const [first] = new Intl.Segmenter(undefined, { granularity: 'grapheme' }).segment(name.trim());
  return first?.segment.toLocaleUpperCase() ?? '?';
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-avatar': EnkAvatar;
  }
}
