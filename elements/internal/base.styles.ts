/** What every element of the product starts from: tokens, reset, focus ring, text helpers. */
import { css } from 'lit';
import { tokens } from './tokens.styles.ts';

const reset = css`
  :host {
    font: 400 var(--_size) / 1.4 var(--_font);
    color: var(--_text);
    text-align: start;
    -webkit-tap-highlight-color: transparent;
  }
  :host([hidden]),
  [hidden] {
    display: none !important;
  }
  *,
  *::before,
  *::after {
    box-sizing: border-box;
  }
  h1,
  h2,
  h3,
  p,
  ul,
  ol,
  dl,
  dd,
  figure {
    margin: 0;
    padding: 0;
  }
  ul,
  ol {
    list-style: none;
  }
  svg {
    display: block;
    flex: none;
  }
  bdi {
    unicode-bidi: isolate;
  }
  :focus-visible {
    outline: 2px solid var(--_link);
    outline-offset: 2px;
  }
  .muted {
    color: var(--_text-muted);
  }
  .small {
    font-size: var(--_size-small);
  }
  .truncate {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  /* for screen readers only */
  .words {
    position: absolute;
    inline-size: 1px;
    block-size: 1px;
    overflow: hidden;
    clip-path: inset(50%);
    white-space: nowrap;
  }
`;

export const baseStyles = [tokens, reset];
