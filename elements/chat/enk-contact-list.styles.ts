import { css } from 'lit';

export const contactListStyles = css`
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
  .row {
    display: grid;
    grid-template-columns: auto minmax(0, 1fr);
    align-items: center;
    gap: 12px;
    position: relative;
    inline-size: 100%;
    padding: 10px 8px;
    border: 0;
    border-radius: var(--_radius);
    background: none;
    color: inherit;
    font: inherit;
    text-align: start;
    cursor: pointer;
  }
  .row:hover {
    background: var(--_hover);
  }
  .row:focus-visible {
    outline-offset: -2px;
  }
  .picture {
    position: relative;
  }
  enk-avatar {
    --enk-avatar-size: 44px;
  }
  .dot {
    position: absolute;
    inset-block-end: 0;
    inset-inline-end: 0;
    inline-size: 12px;
    block-size: 12px;
    border: 2px solid var(--_background);
    border-radius: 50%;
    background: var(--_success);
  }
  .row:hover .dot {
    border-color: var(--_hover);
  }
  .line {
    display: flex;
    align-items: baseline;
    gap: 8px;
    min-inline-size: 0;
  }
  .line.second {
    align-items: center;
    min-block-size: 20px;
  }
  .name {
    flex: 1;
    font-weight: 500;
  }
  .unread .name,
  .unread .preview {
    color: var(--_text);
    font-weight: 600;
  }
  .unread .preview {
    font-weight: 500;
  }
  .time {
    flex: none;
    color: var(--_text-muted);
    font-size: var(--_size-tiny);
    font-variant-numeric: tabular-nums;
  }
  .preview {
    flex: 1;
    display: flex;
    align-items: center;
    gap: 4px;
    min-inline-size: 0;
    color: var(--_text-muted);
    font-size: var(--_size-small);
  }
  .preview.problem {
    color: var(--_danger);
  }
  .preview.warning {
    color: var(--_warning);
  }
  .preview.typing {
    color: var(--_link);
  }
  .badge {
    flex: none;
    min-inline-size: 20px;
    padding: 0 6px;
    border-radius: 10px;
    background: var(--_accent);
    color: var(--_on-accent);
    font-size: var(--_size-tiny);
    font-weight: 600;
    line-height: 20px;
    text-align: center;
    font-variant-numeric: tabular-nums;
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
