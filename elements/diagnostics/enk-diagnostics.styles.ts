import { css } from 'lit';

export const diagnosticsStyles = css`
  :host {
    display: grid;
    gap: 16px;
    container-type: inline-size;
    font-variant-numeric: tabular-nums;
  }
  .head {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: space-between;
    gap: 8px 16px;
  }
  .summary {
    font-weight: 600;
  }
  h3,
  h4 {
    margin: 0;
    font-size: var(--_size-small);
    font-weight: 600;
  }
  h4 {
    color: var(--_text-muted);
  }
  code {
    padding: 1px 6px;
    border-radius: calc(var(--_radius) * 0.5);
    background: var(--_hover);
    color: var(--_text-muted);
    font: var(--_size-tiny) / 1.4 var(--_mono);
    white-space: nowrap;
  }

  /* contacts */
  .contacts {
    border: 1px solid var(--_border);
    border-radius: var(--_radius-large);
    background: var(--_raised);
    overflow: hidden;
  }
  .contact + .contact {
    border-block-start: 1px solid var(--_border);
  }
  summary {
    cursor: pointer;
    border-radius: var(--_radius);
  }
  .contact > summary {
    display: grid;
    grid-template: auto auto / auto 1fr auto auto;
    align-content: center;
    align-items: center;
    column-gap: 12px;
    min-block-size: 60px;
    padding: 8px 16px;
    border-radius: 0;
    list-style: none;
    transition: background-color var(--_motion);
    --enk-avatar-size: 36px;
  }
  .contact > summary::-webkit-details-marker {
    display: none;
  }
  .contact > summary:hover {
    background: var(--_hover);
  }
  .contact > summary:focus-visible {
    outline-offset: -2px;
  }
  /* the way it opens; turns when open */
  .contact > summary::after {
    content: '';
    flex: none;
    inline-size: 8px;
    block-size: 8px;
    margin-inline: 2px;
    border: solid var(--_text-muted);
    border-width: 0 1.75px 1.75px 0;
    rotate: 45deg;
    translate: 0 -2px;
    transition: rotate var(--_motion);
  }
  .contact[open] > summary::after {
    rotate: 225deg;
    translate: 0 2px;
  }
  .contact > summary > *,
  .contact > summary::after {
    grid-row: 1 / 3;
  }
  .contact > summary > .name {
    grid-row: 1;
    min-inline-size: 0;
    font-size: var(--_size);
    font-weight: 500;
  }
  .contact > summary > .route {
    grid-area: 2 / 2;
    min-inline-size: 0;
  }
  .state {
    display: inline-flex;
    align-items: center;
    gap: 6px;
    color: var(--_text-muted);
    font-size: var(--_size-small);
    text-align: end;
  }
  .state::before {
    content: '';
    flex: none;
    inline-size: 8px;
    block-size: 8px;
    border: 2px solid currentColor;
    border-radius: 50%;
  }
  .state[data-tone='good'] {
    color: var(--_success);
  }
  .state[data-tone='bad'] {
    color: var(--_danger);
  }
  .state[data-tone='warning'] {
    color: var(--_warning);
  }
  .state[data-tone='good']::before,
  .state[data-tone='bad']::before {
    background: currentColor;
  }
  .body {
    display: grid;
    gap: 20px;
    padding: 4px 16px 20px;
  }
  section {
    display: grid;
    gap: 8px;
  }

  /* figures; their places do not depend on what they say */
  .metrics {
    display: grid;
    grid-template-columns: repeat(3, 1fr);
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
  }
  .metrics > div {
    min-inline-size: 0;
    padding: 10px 12px;
  }
  .metrics > div + div {
    border-inline-start: 1px solid var(--_border);
  }
  .metrics dt,
  .metrics .more {
    color: var(--_text-muted);
    font-size: var(--_size-tiny);
  }
  .metrics .more {
    min-block-size: 1.4em;
  }
  .metrics .value {
    font-size: var(--_size-title);
    font-weight: 600;
    white-space: nowrap;
  }
  .facts {
    display: grid;
    gap: 6px;
    font-size: var(--_size-small);
  }
  .facts > div {
    display: grid;
    grid-template-columns: minmax(6.5rem, 9rem) 1fr;
    gap: 12px;
  }
  .facts dt {
    color: var(--_text-muted);
  }
  .facts dd {
    min-inline-size: 0;
    overflow-wrap: anywhere;
  }
  .layers {
    display: grid;
    counter-reset: layer;
    border-radius: var(--_radius);
    background: var(--_surface);
    font-size: var(--_size-small);
  }
  .layers li {
    counter-increment: layer;
    display: grid;
    grid-template-columns: 1.25rem 4.5rem 1fr;
    gap: 8px;
    align-items: baseline;
    padding: 8px 12px;
  }
  .layers li + li {
    border-block-start: 1px solid var(--_border);
  }
  .layers li::before {
    content: counter(layer);
    color: var(--_text-muted);
  }
  .layer {
    font-weight: 600;
  }
  .errors {
    display: grid;
    gap: 8px;
    font-size: var(--_size-small);
  }
  .errors li {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 2px 16px;
  }
  .what {
    display: flex;
    flex-wrap: wrap;
    align-items: baseline;
    gap: 2px 8px;
  }
  .when {
    white-space: nowrap;
  }

  /* what is not one contact's */
  .panel {
    gap: 12px;
    padding: 16px;
    border: 1px solid var(--_border);
    border-radius: var(--_radius-large);
    background: var(--_raised);
  }
  .more {
    font-size: var(--_size-small);
  }
  .more > summary {
    inline-size: fit-content;
    min-block-size: 24px;
    color: var(--_link);
  }
  .modules {
    display: grid;
    gap: 6px;
    margin-block-start: 8px;
  }
  .modules li {
    display: flex;
    flex-wrap: wrap;
    justify-content: space-between;
    gap: 2px 16px;
  }
  pre {
    max-block-size: 24rem;
    margin: 8px 0 0;
    padding: 12px;
    border: 1px solid var(--_border);
    border-radius: var(--_radius);
    background: var(--_surface);
    font: var(--_size-tiny) / 1.5 var(--_mono);
    overflow: auto;
    white-space: pre-wrap;
    overflow-wrap: anywhere;
  }
  .failed {
    display: grid;
    gap: 12px;
    justify-items: start;
  }
  [role='status']:empty {
    display: none;
  }

  @container (max-width: 28rem) {
    .facts > div {
      grid-template-columns: 6.5rem 1fr;
    }
    .metrics > div {
      padding: 8px;
    }
    .metrics .value {
      font-size: var(--_size);
    }
    .layers li {
      grid-template-columns: 1rem 4rem 1fr;
    }
  }
  @container (max-width: 16rem) {
    .facts > div,
    .metrics {
      grid-template-columns: 1fr;
      gap: 0;
    }
    .metrics > div + div {
      border-inline-start: 0;
      border-block-start: 1px solid var(--_border);
    }
  }
  @media (forced-colors: active) {
    .state::before {
      forced-color-adjust: none;
    }
  }
`;
