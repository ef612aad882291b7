import { css } from 'lit';

export const conversationStyles = css`
  :host {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
    min-inline-size: 0;
    background: var(--_background);
  }
  .header {
    display: flex;
    align-items: center;
    gap: 12px;
    min-block-size: 60px;
    padding-block: 8px;
    padding-inline: 16px 12px;
    border-block-end: 1px solid var(--_border);
  }
  .back {
    margin-inline: -8px -6px;
  }
  enk-avatar {
    --enk-avatar-size: 36px;
  }
  .who {
    position: relative;
    flex: 1;
    display: flex;
    align-items: center;
    gap: 12px;
    min-inline-size: 0;
  }
  .who-text {
    min-inline-size: 0;
  }
  h2 {
    font-size: var(--_size);
    font-weight: 600;
    line-height: 1.3;
  }
  .details {
    display: block;
    max-inline-size: 100%;
    min-block-size: 0;
    padding: 0;
    border: 0;
    border-radius: 4px;
    background: none;
    color: inherit;
    font: inherit;
    text-align: start;
    cursor: pointer;
  }
  /* picture and state are part of the target */
  .details::after {
    content: '';
    position: absolute;
    inset: -6px -4px;
    border-radius: var(--_radius);
  }
  .details:focus-visible {
    outline: none;
  }
  .details:focus-visible::after {
    outline: 2px solid var(--_link);
  }
  .state {
    color: var(--_text-muted);
    font-size: var(--_size-small);
    line-height: 1.3;
    overflow-wrap: anywhere;
    overflow: clip;
  }
  /* the dot that separates is cut off where a line begins with it */
  .facts {
    display: flex;
    flex-wrap: wrap;
    margin-inline-start: -1em;
  }
  .facts > span {
    position: relative;
    padding-inline-start: 1em;
  }
  .facts > span::before {
    content: '·' / '';
    position: absolute;
    inset-inline-start: 0.4em;
  }
  .facts svg {
    display: inline-block;
    vertical-align: -2px;
  }
  .facts .pending {
    font-style: italic;
  }
  .failure {
    padding: 10px 16px;
    background: var(--_danger-surface);
    color: var(--_danger);
    font-size: var(--_size-small);
  }
  .state.danger {
    color: var(--_danger);
  }
  .notice {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px 12px;
    padding: 10px 16px;
    background: var(--_warning-surface);
    font-size: var(--_size-small);
  }
  .notice.danger {
    background: var(--_danger-surface);
  }
  .notice p {
    flex: 1 1 24ch;
  }
  .notice svg {
    color: var(--_warning);
  }
  .notice.danger svg {
    color: var(--_danger);
  }
  .notice .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 8px;
  }
  .notice .button {
    min-block-size: 32px;
    padding-block: 3px;
  }
  .notice .error {
    flex: 1 0 100%;
  }
  enk-message-list {
    flex: 1;
  }
  .blocked {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: center;
    gap: 8px 16px;
    padding: 12px 16px;
    border-block-start: 1px solid var(--_border);
    color: var(--_text-muted);
  }

  /* two panes: nothing to go back to */
  @container (min-width: 720px) {
    .back {
      display: none;
    }
  }
`;
