import { css } from 'lit';

export const transferStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    min-inline-size: min(16rem, 100%);
  }
  .head {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 2px 10px;
    align-items: center;
  }
  .mark {
    display: grid;
    place-items: center;
    grid-row: span 2;
    inline-size: 40px;
    block-size: 40px;
    border-radius: var(--_radius);
    background: var(--_hover);
    color: var(--_text-muted);
  }
  .name {
    font-weight: 500;
    overflow-wrap: anywhere;
    display: -webkit-box;
    -webkit-line-clamp: 2;
    -webkit-box-orient: vertical;
    overflow: hidden;
  }
  .facts,
  .warning,
  .error {
    font-size: var(--_size-small);
  }
  .facts {
    color: var(--_text-muted);
    font-variant-numeric: tabular-nums;
  }
  .warning {
    display: flex;
    gap: 6px;
    margin-block-start: 8px;
    padding: 6px 10px;
    border-radius: var(--_radius);
    background: var(--_warning-surface);
    color: var(--_warning);
  }
  .warning svg {
    flex: none;
    margin-block-start: 2px;
  }
  .error {
    margin-block-start: 6px;
    color: var(--_danger);
  }
  progress {
    display: block;
    inline-size: 100%;
    block-size: 4px;
    margin-block-start: 8px;
    border: 0;
    border-radius: 2px;
    appearance: none;
    background: var(--_hover);
    overflow: hidden;
  }
  progress::-webkit-progress-bar {
    background: var(--_hover);
  }
  progress::-webkit-progress-value {
    background: var(--_accent);
  }
  progress::-moz-progress-bar {
    background: var(--_accent);
  }
  .claimed {
    margin-block-start: 8px;
    overflow-wrap: anywhere;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    gap: 6px;
    margin-block-start: 8px;
  }
  .actions .button {
    min-block-size: 32px;
    padding: 4px 12px;
    font-size: var(--_size-small);
  }
  .caption {
    margin-block-start: 6px;
    overflow-wrap: anywhere;
    white-space: pre-wrap;
  }
  .picture {
    display: block;
    inline-size: fit-content;
    max-inline-size: 100%;
    margin-block-end: 8px;
    padding: 0;
    border: 0;
    border-radius: var(--_radius);
    background: none;
    cursor: zoom-in;
  }
  img {
    display: block;
    max-inline-size: 100%;
    max-block-size: 20rem;
    border-radius: var(--_radius);
    object-fit: contain;
  }
  @media (forced-colors: active) {
    progress {
      appearance: auto;
    }
  }
`;
