import { css } from 'lit';

/** Shared by the element and its parts. */
export const vaultSettingsStyles = css`
  :host {
    display: block;
  }
  .sections,
  section,
  .stack {
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
  h3 {
    font-size: var(--_size);
    font-weight: 600;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
  }
  .actions.end {
    justify-content: flex-end;
  }
  .method {
    display: grid;
    grid-template-columns: auto 1fr auto;
    align-items: center;
    gap: 4px 12px;
    min-block-size: 44px;
  }
  .method:not(:last-child) {
    padding-block-end: 12px;
  }
  .method + .method {
    padding-block-start: 12px;
    border-block-start: 1px solid var(--_border);
  }
  .method svg {
    color: var(--_text-muted);
  }
  .method .buttons {
    display: flex;
    gap: 4px;
  }
  .method .button {
    padding-inline: 10px;
  }
  .notice {
    padding: 10px 12px;
    border-radius: var(--_radius);
    background: var(--_warning-surface);
    color: var(--_warning);
    font-size: var(--_size-small);
  }
  .row {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    min-block-size: 40px;
  }
  .row > :first-child {
    min-inline-size: 0;
  }
  select.input {
    flex: none;
    inline-size: auto;
    min-block-size: 36px;
    padding-block: 4px;
  }
  input[type='checkbox'] {
    flex: none;
    inline-size: 18px;
    block-size: 18px;
    margin: 3px;
    accent-color: var(--_accent);
  }
`;
