import { css } from 'lit';

export const releaseStyles = css`
  :host {
    display: grid;
    gap: 16px;
    min-inline-size: 0;
  }
  .card {
    display: grid;
    gap: 16px;
    min-inline-size: 0;
    padding: 16px;
    border: 1px solid var(--_border);
    border-radius: var(--_radius-large);
    background: var(--_raised);
  }
  .card.offer {
    border-color: var(--_accent);
  }
  .head {
    display: grid;
    gap: 4px;
  }
  h3 {
    font-size: var(--_size-title);
    font-weight: 600;
  }
  h4 {
    margin: 0;
    font-size: var(--_size-small);
    font-weight: 600;
    color: var(--_text-muted);
  }
  .state {
    display: flex;
    gap: 8px;
    font-size: var(--_size-small);
  }
  .state svg {
    margin-block-start: 1px;
  }
  .state.good {
    color: var(--_success);
  }
  .notice {
    padding: 10px 12px;
    border-radius: var(--_radius);
    background: var(--_warning-surface);
    color: var(--_warning);
    font-size: var(--_size-small);
  }
  .notice.bad {
    background: var(--_danger-surface);
    color: var(--_danger);
  }
  .words-list {
    display: grid;
    grid-template-columns: repeat(4, 1fr);
    gap: 4px 12px;
    padding: 12px 16px;
    border-radius: var(--_radius);
    background: var(--_surface);
    font: var(--_size) / 1.7 var(--_mono);
    user-select: all;
  }
  .fingerprint {
    display: grid;
    gap: 8px;
  }
  .fingerprint-head {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
  }
  .facts {
    display: grid;
    gap: 8px;
  }
  .facts > div {
    display: grid;
    grid-template-columns: minmax(7rem, 30%) 1fr;
    gap: 2px 16px;
    font-size: var(--_size-small);
  }
  .facts dt {
    color: var(--_text-muted);
  }
  .facts dd {
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .facts code {
    font: var(--_size-tiny) / 1.5 var(--_mono);
  }
  @media (max-width: 420px) {
    .facts > div {
      grid-template-columns: 1fr;
    }
  }
  .changes {
    display: grid;
    gap: 6px;
    padding-inline-start: 18px;
    list-style: disc;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  summary {
    min-block-size: 24px;
    border-radius: var(--_radius);
    color: var(--_link);
    font-size: var(--_size-small);
    cursor: pointer;
  }
  details > :not(summary) {
    margin-block-start: 8px;
  }
  progress {
    inline-size: 100%;
    accent-color: var(--_accent);
  }
`;
