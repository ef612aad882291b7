import { css } from 'lit';

export const unlockStyles = css`
  :host {
    display: grid;
    align-content: safe center;
    justify-items: center;
    min-block-size: 100%;
    padding: 24px;
    overflow: auto;
    background: var(--_background);
  }
  .panel {
    display: grid;
    gap: 24px;
    inline-size: min(100%, 340px);
  }
  .header {
    display: grid;
    justify-items: center;
    gap: 8px;
    text-align: center;
    text-wrap: balance;
  }
  .header svg {
    margin-block-end: 8px;
    color: var(--_text-muted);
  }
  h2 {
    font-size: calc(var(--_size) * 1.4);
    font-weight: 650;
    line-height: 1.2;
  }
  h2:focus {
    outline: none;
  }
  details {
    border-block-start: 1px solid var(--_border);
    padding-block-start: 16px;
    font-size: var(--_size-small);
  }
  summary {
    min-block-size: 24px;
    color: var(--_link);
    cursor: pointer;
  }
  .forgot {
    display: grid;
    gap: 12px;
    padding-block-start: 8px;
  }
  .hint {
    text-align: center;
  }
`;
