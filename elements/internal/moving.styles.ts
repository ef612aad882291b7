import { css } from 'lit';

/** What the dialogs of export and import share. */
export const movingStyles = css`
  .stack {
    display: grid;
    gap: 16px;
    min-inline-size: 0;
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    justify-content: flex-end;
    gap: 8px;
  }
  fieldset {
    display: grid;
    gap: 8px;
    min-inline-size: 0;
    margin: 0;
    padding: 0;
    border: 0;
  }
  legend {
    padding: 0;
    margin-block-end: 6px;
    font-size: var(--_size-small);
    font-weight: 500;
  }
  .choice {
    display: flex;
    align-items: center;
    gap: 8px;
    min-block-size: 28px;
    cursor: pointer;
  }
  input[type='radio'] {
    flex: none;
    inline-size: 18px;
    block-size: 18px;
    margin: 3px;
    accent-color: var(--_accent);
  }
  progress:indeterminate {
    background: linear-gradient(90deg, var(--_hover) 25%, var(--_accent) 50%, var(--_hover) 75%) 0 / 200% 100%;
    animation: slide 1.6s linear infinite;
  }
  @keyframes slide {
    from {
      background-position-x: 200%;
    }
  }
  @media (prefers-reduced-motion: reduce) {
    progress:indeterminate {
      animation: none;
    }
  }
  .drop {
    display: grid;
    justify-items: center;
    gap: 8px;
    padding: 20px 16px;
    border: 1px dashed var(--_control-border);
    border-radius: var(--_radius);
    text-align: center;
    overflow-wrap: anywhere;
  }
  .drop.over {
    border-color: var(--_accent);
    background: var(--_hover);
  }
  .strength {
    display: grid;
    gap: 6px;
  }
  dl {
    display: grid;
    grid-template-columns: 1fr auto;
    gap: 6px 12px;
    margin: 0;
  }
  dd {
    margin: 0;
    font-variant-numeric: tabular-nums;
  }
  .mono {
    font-family: var(--_mono) !important;
  }
`;
