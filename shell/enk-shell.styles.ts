import { css } from 'lit';

export const shellStyles = css`
  :host {
    display: block;
    block-size: 100%;
    background: var(--_background);
  }
  enk-chat,
  enk-settings {
    display: block;
    block-size: 100%;
  }
  enk-unlock {
    block-size: 100%;
  }
`;
