import { css } from 'lit';

/** Rows of the list and of what a search finds. */
export const contactRowStyles = css`
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
`;
