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
  .start-failure {
    display: grid;
    align-content: center;
    justify-items: center;
    gap: 16px;
    block-size: 100%;
    padding: 24px;
    text-align: center;
    text-wrap: balance;
  }
  .start-failure p {
    max-inline-size: 36rem;
  }
  enk-release-alarm {
    block-size: 100%;
  }
  enk-unlock {
    block-size: 100%;
  }
`;
