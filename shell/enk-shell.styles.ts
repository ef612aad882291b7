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
  .files {
    block-size: 100%;
    overflow-y: auto;
  }
  .files header {
    display: flex;
    align-items: center;
    gap: 8px;
    position: sticky;
    inset-block-start: 0;
    z-index: 1;
    padding: 10px 12px;
    border-block-end: 1px solid var(--_border);
    background: var(--_background);
  }
  .files h1 {
    font-size: var(--_size-title);
    font-weight: 600;
  }
  enk-files {
    max-inline-size: 48rem;
    margin-inline: auto;
  }
  enk-unlock {
    block-size: 100%;
  }
`;
