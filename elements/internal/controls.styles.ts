/**
 * Buttons and fields as classes on native elements: `.button`, `.primary`, `.danger`, `.quiet`, `.icon-button`,
 * `.field` (label, control, hint or error inside), `.input`.
 */
import { css } from 'lit';

export const buttonStyles = css`
  button {
    font: inherit;
    color: inherit;
  }
  .button {
    display: inline-flex;
    align-items: center;
    justify-content: center;
    gap: 8px;
    min-block-size: 36px;
    padding: 6px 14px;
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    background: var(--_raised);
    color: var(--_text);
    font-weight: 500;
    cursor: pointer;
    transition: background-color var(--_motion);
  }
  .button:hover {
    background: var(--_hover);
  }
  .button.primary {
    border-color: transparent;
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .button.primary:hover {
    background: var(--_accent-hover);
  }
  .button.danger {
    color: var(--_danger);
  }
  .button.quiet {
    border-color: transparent;
    background: none;
  }
  .button.quiet:hover {
    background: var(--_hover);
  }
  .button[aria-disabled='true'],
  .button:disabled {
    cursor: default;
    opacity: 0.55;
  }
  .icon-button {
    display: inline-grid;
    place-items: center;
    flex: none;
    inline-size: 36px;
    block-size: 36px;
    padding: 0;
    border: 0;
    border-radius: var(--_radius);
    background: none;
    color: var(--_text-muted);
    cursor: pointer;
    transition: background-color var(--_motion);
  }
  .icon-button:hover {
    background: var(--_hover);
    color: var(--_text);
  }
  /* "back" points to where one came from: to the right on pages that run from right to left */
  .back:dir(rtl) svg {
    scale: -1 1;
  }
`;

export const fieldStyles = css`
  .field {
    display: grid;
    gap: 6px;
  }
  .field > label,
  .label {
    font-size: var(--_size-small);
    font-weight: 500;
  }
  .input {
    inline-size: 100%;
    min-block-size: 40px;
    padding: 8px 12px;
    border: 1px solid var(--_control-border);
    border-radius: var(--_radius);
    background: var(--_background);
    color: var(--_text);
    font: inherit;
    /* 16 px keeps iOS from zooming in */
    font-size: max(16px, var(--_size));
  }
  textarea.input {
    resize: none;
  }
  .input::placeholder {
    color: var(--_text-muted);
    opacity: 1;
  }
  .input:focus-visible {
    border-color: var(--_link);
    outline-offset: -1px;
  }
  .input[aria-invalid='true'] {
    border-color: var(--_danger);
  }
  .hint {
    color: var(--_text-muted);
    font-size: var(--_size-small);
  }
  .error {
    color: var(--_danger);
    font-size: var(--_size-small);
  }
`;
