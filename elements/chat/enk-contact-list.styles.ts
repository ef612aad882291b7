import { css } from 'lit';
import { contactRowStyles } from './contact-row.styles.ts';

export const contactListStyles = css`
  ${contactRowStyles}
  :host {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    background: var(--_background);
  }
  .header {
    display: flex;
    align-items: center;
    gap: 4px;
    min-block-size: 56px;
    padding-block: 8px;
    padding-inline: 16px 8px;
  }
  h2 {
    flex: 1;
    font-size: calc(var(--_size) * 1.2667);
    font-weight: 650;
    letter-spacing: -0.01em;
  }
  .search {
    position: relative;
    padding: 0 16px 8px;
  }
  .search > svg {
    position: absolute;
    inset-block-start: 12px;
    inset-inline-start: 26px;
    color: var(--_text-muted);
    pointer-events: none;
  }
  .search .input {
    padding-inline: 36px 40px;
    border-color: transparent;
    border-radius: 20px;
    background: var(--_hover);
  }
  .search .input::-webkit-search-cancel-button {
    display: none;
  }
  .search .icon-button {
    position: absolute;
    inset-block-start: 2px;
    inset-inline-end: 18px;
    border-radius: 50%;
  }
  /* people and alerts may be many; the list below stays in reach */
  enk-consent-banner {
    flex: none;
    max-block-size: 60%;
    overflow: hidden auto;
  }
  .scroll {
    flex: 1;
    min-block-size: 0;
    overflow: hidden auto;
    overscroll-behavior: contain;
    scrollbar-width: thin;
    scrollbar-color: var(--_control-border) transparent;
  }
  .rows {
    padding: 0 8px 8px;
  }
  .empty {
    display: grid;
    align-content: center;
    justify-items: center;
    gap: 8px;
    block-size: 100%;
    padding: 24px;
    text-align: center;
    text-wrap: balance;
  }
  .empty svg {
    margin-block-end: 4px;
    color: var(--_text-muted);
  }
  .empty h3 {
    font-size: var(--_size-title);
    font-weight: 600;
  }
  .empty .actions {
    display: grid;
    gap: 8px;
    margin-block-start: 12px;
    inline-size: min(100%, 240px);
  }
  .empty .button {
    min-block-size: 40px;
  }
  .loading {
    padding: 16px;
    color: var(--_text-muted);
  }

  /* with a second pane beside it, the open conversation is marked */
  @container (min-width: 720px) {
    :host {
      background: var(--_surface);
    }
    .row:not(:hover) .dot {
      border-color: var(--_surface);
    }
    .row[aria-current='true'] {
      background: var(--_selected);
    }
    .row[aria-current='true'] .dot.dot {
      border-color: var(--_selected);
    }
  }

  @media (forced-colors: active) {
    .dot,
    .badge {
      forced-color-adjust: none;
      background: Highlight;
      color: HighlightText;
    }
    .row[aria-current='true'] {
      outline: 1px solid Highlight;
      outline-offset: -1px;
    }
  }
`;
