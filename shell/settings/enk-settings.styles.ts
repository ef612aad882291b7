import { css } from 'lit';

export const settingsStyles = css`
  :host {
    display: block;
    overflow: auto;
    background: var(--_surface);
  }
  :host(enk-network-form) {
    overflow: visible;
    background: none;
  }
  header {
    position: sticky;
    inset-block-start: 0;
    z-index: 1;
    display: flex;
    align-items: center;
    gap: 8px;
    min-block-size: 56px;
    padding-inline: 12px;
    border-block-end: 1px solid var(--_border);
    background: var(--_background);
  }
  h1 {
    font-size: var(--_size-title);
    font-weight: 600;
  }
  main {
    display: grid;
    gap: 28px;
    max-inline-size: 40rem;
    margin-inline: auto;
    padding: 24px 16px 48px;
  }
  section {
    display: grid;
    gap: 8px;
  }
  h2 {
    padding-inline: 4px;
    color: var(--_text-muted);
    font-size: var(--_size-small);
    font-weight: 600;
  }
  .card {
    display: grid;
    gap: 16px;
    min-inline-size: 0;
    margin: 0;
    padding: 16px;
    border: 1px solid var(--_border);
    border-radius: var(--_radius-large);
    background: var(--_raised);
  }
  form {
    display: grid;
    gap: 16px;
  }
  .person {
    display: flex;
    align-items: end;
    gap: 16px;
    --enk-avatar-size: 48px;
  }
  .grow {
    flex: 1;
    min-inline-size: 0;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 12px;
  }
  .copy-row {
    display: flex;
    align-items: center;
    gap: 12px;
  }
  .address {
    flex: 1;
    min-inline-size: 0;
    overflow-wrap: anywhere;
    font-family: var(--_mono);
    font-size: var(--_size-small);
  }
  .mono {
    font-family: var(--_mono);
  }
  .choices {
    gap: 0;
    padding-block: 4px;
  }
  .choice,
  .switch {
    display: flex;
    align-items: center;
    gap: 12px;
    min-block-size: 40px;
    cursor: pointer;
  }
  .switch span {
    flex: 1;
  }
  input[type='radio'] {
    inline-size: 18px;
    block-size: 18px;
    margin: 3px;
    accent-color: var(--_accent);
  }
  input[role='switch'] {
    appearance: none;
    flex: none;
    position: relative;
    inline-size: 42px;
    block-size: 26px;
    margin: 0;
    border: 1px solid var(--_control-border);
    border-radius: 13px;
    background: var(--_background);
    cursor: pointer;
    transition: background-color var(--_motion);
  }
  input[role='switch']::before {
    content: '';
    position: absolute;
    inset-block-start: 4px;
    inset-inline-start: 4px;
    inline-size: 16px;
    block-size: 16px;
    border-radius: 50%;
    background: var(--_control-border);
    transition: inset-inline-start var(--_motion);
  }
  input[role='switch']:checked {
    border-color: transparent;
    background: var(--_accent);
  }
  input[role='switch']:checked::before {
    inset-inline-start: 20px;
    background: var(--_on-accent);
  }
  .strong {
    color: var(--_text);
  }
  @media (forced-colors: active) {
    input[role='switch'] {
      appearance: auto;
    }
  }
`;
