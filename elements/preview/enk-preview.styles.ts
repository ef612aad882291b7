import { css } from 'lit';

export const previewStyles = css`
  :host {
    display: contents;
  }
  dialog {
    inline-size: 100vw;
    block-size: 100dvh;
    max-inline-size: none;
    max-block-size: none;
    padding: 0;
    border: 0;
    background: var(--_background);
    color: var(--_text);
    overflow: hidden;
  }
  dialog[open] {
    display: grid;
    grid-template-rows: auto minmax(0, 1fr) auto;
    grid-template-columns: minmax(0, 1fr) auto;
    animation: enter var(--_motion) ease-out;
  }
  @keyframes enter {
    from {
      opacity: 0;
    }
  }
  header {
    grid-column: 1 / -1;
    display: flex;
    align-items: center;
    gap: 4px;
    padding: 8px 12px;
    border-block-end: 1px solid var(--_border);
  }
  h2 {
    flex: 1;
    min-inline-size: 0;
    padding-inline-start: 4px;
    font-size: var(--_size-title);
    font-weight: 600;
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  h2:focus {
    outline: none;
  }
  .position {
    flex: none;
    padding-inline: 8px;
    color: var(--_text-muted);
    font-size: var(--_size-small);
    font-variant-numeric: tabular-nums;
  }
  .stage {
    position: relative;
    touch-action: pan-y pinch-zoom;
    display: grid;
    grid-template-rows: minmax(0, 1fr);
    grid-template-columns: minmax(0, 1fr);
    padding: 16px;
    background: var(--_surface);
    overflow: hidden;
  }
  .stage.several {
    padding-inline: 64px;
  }
  .stage > .shown {
    min-block-size: 0;
    min-inline-size: 0;
  }
  .stage > img {
    place-self: center;
    max-inline-size: 100%;
    max-block-size: 100%;
    min-block-size: 0;
    object-fit: contain;
    border-radius: 4px;
  }
  .turn {
    position: absolute;
    inset-block-start: calc(50% - 22px);
    inline-size: 44px;
    block-size: 44px;
    border: 1px solid var(--_border);
    border-radius: 50%;
    background: var(--_raised);
  }
  .turn.previous {
    inset-inline-start: 10px;
  }
  .turn.next {
    inset-inline-end: 10px;
  }
  .turn.next svg,
  .turn.previous:dir(rtl) svg {
    scale: -1 1;
  }
  .turn.next:dir(rtl) svg {
    scale: 1 1;
  }
  .notice {
    display: grid;
    place-self: center;
    justify-items: center;
    gap: 8px;
    max-inline-size: 26rem;
    text-align: center;
    color: var(--_text-muted);
  }
  .notice p:first-of-type {
    color: var(--_text);
    font-weight: 500;
  }
  .notice .button {
    margin-block-start: 8px;
  }
  .caption {
    grid-column: 1;
    max-block-size: 20dvh;
    padding: 10px 16px;
    border-block-start: 1px solid var(--_border);
    overflow: auto;
    overflow-wrap: anywhere;
    white-space: pre-wrap;
    text-align: center;
  }
  aside {
    grid-column: 2;
    grid-row: 2 / span 2;
    inline-size: 20rem;
    padding: 16px;
    border-inline-start: 1px solid var(--_border);
    overflow: auto;
  }
  h3 {
    margin-block-end: 12px;
    font-size: var(--_size);
    font-weight: 600;
  }
  dl {
    display: grid;
    gap: 12px;
    margin: 0;
  }
  dt {
    color: var(--_text-muted);
    font-size: var(--_size-small);
  }
  dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  dd.mono {
    font-family: var(--_mono);
    font-size: var(--_size-small);
  }
  .warning {
    display: flex;
    gap: 8px;
    margin-block-end: 12px;
    padding: 8px 12px;
    border-radius: var(--_radius);
    background: var(--_warning-surface);
    color: var(--_warning);
    font-size: var(--_size-small);
  }
  .warning svg {
    flex: none;
  }
  .views {
    position: absolute;
    z-index: 1;
    inset-block-start: 24px;
    inset-inline-end: 72px;
    display: flex;
    gap: 4px;
  }
  @media (max-width: 40rem) {
    .stage,
    .stage.several {
      padding: 8px;
    }
    .stage.several,
    .stage:has(.views) {
      padding-block-end: 64px;
    }
    .turn {
      inset-block: auto 10px;
    }
    .views {
      inset-block: auto 14px;
      inset-inline: 0;
      justify-content: center;
    }
    aside {
      grid-column: 1 / -1;
      grid-row: auto;
      inline-size: auto;
      max-block-size: 45dvh;
      border-inline-start: 0;
      border-block-start: 1px solid var(--_border);
    }
  }
`;
