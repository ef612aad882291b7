import { css } from 'lit';

export const messageListStyles = css`
  :host {
    display: block;
    position: relative;
    min-block-size: 0;
  }
  .log {
    block-size: 100%;
    overflow: hidden auto;
    overscroll-behavior: contain;
    overflow-anchor: auto;
    padding: 8px 16px 12px;
    display: flex;
    flex-direction: column;
    scrollbar-width: thin;
    scrollbar-color: var(--_control-border) transparent;
  }
  .log:focus-visible {
    outline-offset: -2px;
  }
  ol {
    display: flex;
    flex-direction: column;
    inline-size: min(100%, 56rem);
    margin-inline: auto;
    margin-block-start: auto; /* few messages stand above the composer */
  }
  .notice {
    margin: auto;
    max-inline-size: 36ch;
    padding: 24px 0;
    text-align: center;
    color: var(--_text-muted);
  }
  .beginning {
    margin-block: auto 0;
  }
  .beginning + ol {
    margin-block-start: 0;
  }
  .older {
    padding: 8px;
    text-align: center;
    color: var(--_text-muted);
    font-size: var(--_size-small);
  }
  .day {
    align-self: center;
    margin-block: 20px 8px;
    color: var(--_text-muted);
    font-size: var(--_size-tiny);
    font-weight: 500;
  }
  .unread {
    display: flex;
    align-items: center;
    gap: 12px;
    margin-block: 16px 4px;
    color: var(--_link);
    font-size: var(--_size-tiny);
    font-weight: 600;
  }
  .unread::before,
  .unread::after {
    content: '';
    flex: 1;
    border-block-start: 1px solid color-mix(in srgb, var(--_link) 40%, transparent);
  }

  .line {
    display: flex;
    align-items: center;
    align-self: center;
    gap: 6px;
    margin-block: 10px;
    padding-inline: 12px;
    color: var(--_text-muted);
    font-size: var(--_size-tiny);
    text-align: center;
    overflow-wrap: anywhere;
    text-wrap: balance;
  }
  .line svg {
    flex: none;
  }

  .message {
    display: flex;
    align-items: center;
    gap: 2px;
    margin-block-start: 2px;
    max-inline-size: min(82% + 30px, 34rem + 30px); /* the menu's button beside it */
    position: relative; /* holds the words for screen readers */
  }
  .message.first {
    margin-block-start: 12px;
  }
  .day + .message,
  .unread + .message {
    margin-block-start: 4px;
  }
  .message.found {
    outline: none;
  }
  .found .bubble {
    outline: 2px solid var(--_link);
    outline-offset: 2px;
  }
  @media (prefers-reduced-motion: no-preference) {
    .found .bubble {
      animation: found 1.2s ease-out;
    }
    @keyframes found {
      from {
        outline-offset: 10px;
        outline-color: transparent;
      }
    }
  }
  .mine {
    align-self: flex-end;
  }
  .theirs {
    align-self: flex-start;
  }
  .bubble {
    min-inline-size: 0;
    padding: 7px 12px;
    border-radius: 18px;
    background: var(--_bubble);
    overflow: hidden; /* stacked marks must not paint over the neighbours */
    overflow-wrap: anywhere;
    text-align: start;
  }
  .message .bubble.transfer {
    inline-size: min(20rem, 100%);
    padding: 10px 12px;
    border: 1px solid var(--_border);
    background: var(--_raised);
    color: var(--_text);
  }
  .body {
    display: flow-root; /* holds the floating time */
  }
  .mine .bubble {
    background: var(--_accent);
    color: var(--_on-accent);
  }
  .theirs:not(.first) .bubble {
    border-start-start-radius: 6px;
  }
  .theirs:not(.last) .bubble {
    border-end-start-radius: 6px;
  }
  .mine:not(.first) .bubble {
    border-start-end-radius: 6px;
  }
  .mine:not(.last) .bubble {
    border-end-end-radius: 6px;
  }
  .text {
    white-space: pre-wrap;
    unicode-bidi: plaintext; /* each paragraph by its own first letter */
  }
  .text a {
    color: inherit;
    text-underline-offset: 2px;
  }
  .text a:focus-visible {
    outline-color: currentColor;
  }
  .meta {
    float: inline-end;
    display: inline-flex;
    align-items: center;
    gap: 3px;
    margin-block: 5px -3px;
    margin-inline: 10px 0;
    color: var(--_text-muted);
    font-size: calc(var(--_size) * 0.7334);
    line-height: 1.3;
    font-variant-numeric: tabular-nums;
    white-space: nowrap;
    unicode-bidi: isolate;
  }
  .mine .meta {
    color: var(--_on-accent-muted);
  }
  .left {
    display: inline-flex;
    align-items: center;
    gap: 2px;
    margin-inline-end: 4px;
  }
  .delivery {
    position: relative;
  }
  .deleted .bubble,
  .deleted.mine .bubble {
    background: none;
    border: 1px solid var(--_border);
    color: var(--_text-muted);
  }
  .deleted .text {
    font-style: italic;
  }
  .deleted .text svg {
    display: inline-block;
    vertical-align: -2px;
  }
  .deleted.mine .meta {
    color: var(--_text-muted);
  }

  .more {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 28px;
    block-size: 28px;
    padding: 0;
    border: 0;
    border-radius: 50%;
    background: none;
    color: var(--_text-muted);
    opacity: 0;
    cursor: pointer;
  }
  .mine .more {
    order: -1;
  }
  .message:hover .more,
  .more:focus-visible {
    opacity: 1;
  }
  .more:hover {
    background: var(--_hover);
    color: var(--_text);
  }
  /* nothing hovers on a touch screen */
  @media (hover: none) {
    .more {
      opacity: 0.7;
    }
  }
  .emoji .bubble {
    background: none;
    color: var(--_text);
    padding-inline: 4px;
  }
  .emoji .text {
    font-size: 2.25em;
    line-height: 1.2;
  }
  .emoji .meta {
    margin-block-start: 28px;
    color: var(--_text-muted);
  }

  .latest {
    position: absolute;
    inset-block-end: 12px;
    inset-inline-end: 16px;
    display: inline-flex;
    align-items: center;
    gap: 6px;
    min-inline-size: 40px;
    min-block-size: 40px;
    justify-content: center;
    padding: 0 10px;
    border: 1px solid var(--_border);
    border-radius: 20px;
    background: var(--_raised);
    color: var(--_text);
    font-size: var(--_size-small);
    font-weight: 500;
    box-shadow: var(--_shadow);
    cursor: pointer;
  }
  .latest:hover {
    background: var(--_hover);
  }

  @media (forced-colors: active) {
    .bubble {
      border: 1px solid;
    }
    .emoji .bubble {
      border-color: Canvas;
    }
  }
`;
