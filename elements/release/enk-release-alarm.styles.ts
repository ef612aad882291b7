import { css } from 'lit';

export const alarmStyles = css`
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
    gap: 20px;
    inline-size: min(100%, 480px);
  }
  .sign {
    display: grid;
    place-items: center;
    inline-size: 56px;
    block-size: 56px;
    border-radius: 50%;
    background: var(--_danger-surface);
    color: var(--_danger);
  }
  h1 {
    font-size: calc(var(--_size) * 1.5);
    font-weight: 650;
    line-height: 1.25;
    text-wrap: balance;
  }
  h1:focus {
    outline: none;
  }
  .advice {
    display: grid;
    gap: 8px;
    padding-inline-start: 20px;
    list-style: disc;
  }
  .check {
    display: flex;
    align-items: flex-start;
    gap: 10px;
    min-block-size: 24px;
  }
  .check input {
    flex: none;
    inline-size: 18px;
    block-size: 18px;
    margin: 2px 0 0;
    accent-color: var(--_accent);
  }
  details {
    padding-block-start: 16px;
    border-block-start: 1px solid var(--_border);
  }
  .body {
    display: grid;
    gap: 12px;
    justify-items: start;
  }
`;
