import { css } from 'lit';

/** Shared by the chat's dialogs: one column, even gaps. */
export const dialogContentStyles = css`
  .stack {
    display: grid;
    gap: 16px;
  }
  .stack.tight {
    gap: 8px;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: flex-end;
    gap: 8px;
  }
  .center {
    justify-items: center;
    text-align: center;
  }
  .person {
    display: flex;
    align-items: center;
    gap: 12px;
    min-inline-size: 0;
  }
  .person > :last-child {
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .strong {
    font-weight: 600;
  }
  .choice {
    display: grid;
    grid-template-columns: auto 1fr;
    align-items: center;
    gap: 2px 14px;
    inline-size: calc(100% + 24px);
    margin-inline: -12px;
    padding: 12px;
    border: 0;
    border-radius: var(--_radius);
    background: none;
    color: inherit;
    font: inherit;
    text-align: start;
    cursor: pointer;
  }
  .choice:hover {
    background: var(--_hover);
  }
  .choice svg {
    grid-row: span 2;
    color: var(--_text-muted);
  }
  .mono {
    font-family: var(--_mono);
    font-size: var(--_size-small);
    overflow-wrap: anywhere;
  }
  hr {
    inline-size: 100%;
    margin: 0;
    border: 0;
    border-block-start: 1px solid var(--_border);
  }
`;
