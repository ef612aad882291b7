import { css } from 'lit';

export const chatStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    block-size: var(--enk-chat-height, 100%);
    min-block-size: 320px;
    background: var(--_background);
    overflow: hidden;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
  .panes {
    display: grid;
    grid-template: minmax(0, 1fr) / minmax(0, 1fr);
    block-size: 100%;
  }
  .panes > * {
    grid-area: 1 / 1;
  }

  /* one pane: the list, or the conversation over it */
  .selected > enk-contact-list,
  .placeholder {
    display: none;
  }

  /* two panes */
  @container (min-width: 720px) {
    .panes {
      grid-template-columns: clamp(280px, 32%, 360px) minmax(0, 1fr);
    }
    .panes > enk-contact-list {
      display: flex;
      border-inline-end: 1px solid var(--_border);
    }
    .panes > enk-conversation,
    .panes > .placeholder {
      grid-column: 2;
    }
    .placeholder {
      display: grid;
      align-content: center;
      justify-items: center;
      gap: 4px;
      padding: 24px;
      color: var(--_text-muted);
      text-align: center;
    }
    .placeholder svg {
      margin-block-end: 8px;
    }
    .placeholder h2 {
      color: var(--_text);
      font-size: var(--_size-title);
      font-weight: 600;
    }
  }
`;
