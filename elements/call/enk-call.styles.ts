import { css } from 'lit';

export const callStyles = css`
  :host {
    display: none;
    position: fixed;
    inset: 0;
    z-index: 5;
    container-type: size;
    color-scheme: dark;
    background: #15161a;
    color: #f1f2f5;
  }
  :host(:state(open)) {
    display: block;
  }
  :host([inline]) {
    position: relative;
    inset: auto;
    min-block-size: 420px;
  }
  .call {
    display: grid;
    grid-template-columns: minmax(0, 1fr);
    grid-template-rows: auto minmax(0, 1fr) auto;
    block-size: 100%;
    outline: none;
  }
  .top {
    display: flex;
    align-items: center;
    gap: 12px;
    min-block-size: 56px;
    padding: 8px 16px;
  }
  .top .title {
    flex: 1;
    min-inline-size: 0;
  }
  h2 {
    font-size: var(--_size-title);
    font-weight: 600;
    line-height: 1.3;
  }
  .sub {
    color: #b3b7c2;
    font-size: var(--_size-small);
  }
  .lock {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-block-size: 36px;
    padding: 4px 12px;
    border: 0;
    border-radius: 999px;
    background: #2a2c34;
    color: inherit;
    font: inherit;
    font-size: var(--_size-small);
    white-space: nowrap;
    cursor: pointer;
  }
  .lock:hover,
  .round:hover {
    filter: brightness(1.18);
  }
  .trouble {
    margin: 0 16px 8px;
    padding: 10px 14px;
    border-radius: var(--_radius);
    background: #4a2523;
    color: #ffd9d5;
  }
  .column {
    display: flex;
    flex-direction: column;
    min-block-size: 0;
  }
  .stage {
    flex: 1;
    position: relative;
    display: grid;
    grid-auto-rows: minmax(0, 1fr);
    grid-template-columns: repeat(var(--columns, 1), minmax(0, 1fr));
    gap: 8px;
    min-block-size: 0;
    padding: 0 16px;
  }
  .stage.speaker {
    grid-template-rows: minmax(0, 1fr);
    grid-auto-rows: 96px;
  }
  .stage.speaker .large {
    grid-column: 1 / -1;
  }
  enk-call-tile.self-corner {
    position: absolute;
    inset-inline-end: 28px;
    inset-block-end: 12px;
    inline-size: clamp(96px, 22cqi, 240px);
    aspect-ratio: 16 / 10;
    box-shadow: 0 4px 20px rgb(0 0 0 / 50%);
  }
  .center {
    display: grid;
    align-content: center;
    justify-items: center;
    gap: 12px;
    min-block-size: 0;
    padding: 16px;
    text-align: center;
    text-wrap: balance;
    overflow: auto;
  }
  .center enk-avatar {
    --enk-avatar-size: 104px;
    margin-block-end: 8px;
  }
  .center h2 {
    font-size: calc(var(--_size) * 1.6);
  }
  .center p {
    color: #c6cad4;
  }
  .answers {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 28px;
    margin-block-start: 28px;
  }
  .answer {
    display: grid;
    justify-items: center;
    align-content: start;
    gap: 8px;
    inline-size: 84px;
    text-align: center;
    font-size: var(--_size-small);
  }
  .controls {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 10px;
    padding: 14px 16px max(14px, env(safe-area-inset-bottom));
  }
  .round {
    display: inline-grid;
    place-items: center;
    inline-size: 48px;
    block-size: 48px;
    padding: 0;
    border: 0;
    border-radius: 50%;
    background: #2f323b;
    color: #fff;
    cursor: pointer;
    transition: filter var(--_motion);
  }
  .round[aria-pressed='true'] {
    background: #f1f2f5;
    color: #17181c;
  }
  .round.hang-up,
  .round.refuse {
    background: #c4322a;
  }
  .round.take {
    background: #1f7a45;
  }
  .answer .round {
    inline-size: 64px;
    block-size: 64px;
  }
  .reactions {
    position: absolute;
    inset-inline: 0;
    inset-block-end: 16px;
    display: flex;
    justify-content: center;
    gap: 12px;
    pointer-events: none;
  }
  .reaction {
    padding: 6px 12px;
    border-radius: 999px;
    background: rgb(12 13 16 / 78%);
    animation: rise var(--_motion) ease-out;
  }
  .reaction span {
    font-size: 1.5rem;
    vertical-align: middle;
  }
  @keyframes rise {
    from {
      opacity: 0;
      translate: 0 16px;
    }
  }
  .emojis {
    display: flex;
    flex-wrap: wrap;
    justify-content: center;
    gap: 6px;
  }
  .emojis button {
    inline-size: 48px;
    block-size: 48px;
    border: 0;
    border-radius: var(--_radius);
    background: var(--_hover);
    font-size: 1.4rem;
    cursor: pointer;
  }
  .people {
    display: grid;
    gap: 8px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .people li {
    display: flex;
    align-items: center;
    gap: 12px;
  }
  .people .name {
    flex: 1;
    min-inline-size: 0;
  }
  .digits {
    font-family: var(--_mono);
    line-height: 1.7;
    text-align: center;
    word-spacing: 0.4em;
  }
  .dialog {
    display: grid;
    gap: 14px;
  }
  @container (max-width: 480px) {
    .round {
      inline-size: 44px;
      block-size: 44px;
    }
    .controls {
      gap: 8px;
      padding-inline: 8px;
    }
    .stage {
      padding: 0 8px;
      grid-template-columns: repeat(var(--columns-narrow, 1), minmax(0, 1fr));
    }
    enk-call-tile.self-corner {
      inset-inline-end: 16px;
    }
  }
`;
