import { css } from 'lit';
import { contactRowStyles } from './contact-row.styles.ts';

export const searchResultsStyles = css`
  ${contactRowStyles}
  :host {
    display: block;
    padding: 0 8px 8px;
  }
  h3 {
    padding: 12px 8px 4px;
    color: var(--_text-muted);
    font-size: var(--_size-tiny);
    font-weight: 600;
  }
  .hit {
    grid-template-columns: minmax(0, 1fr);
    gap: 2px;
  }
  .snippet {
    display: -webkit-box;
    -webkit-box-orient: vertical;
    -webkit-line-clamp: 2;
    overflow: hidden;
    color: var(--_text-muted);
    font-size: var(--_size-small);
    overflow-wrap: anywhere;
  }
  .you {
    color: var(--_text);
  }
  mark {
    background: none;
    color: var(--_link);
    font-weight: 600;
  }
  .nothing {
    display: grid;
    justify-items: center;
    gap: 8px;
    padding: 32px 16px;
    text-align: center;
    text-wrap: balance;
    overflow-wrap: anywhere;
  }
  .muted {
    color: var(--_text-muted);
    font-size: var(--_size-small);
  }
  .error {
    color: var(--_danger);
  }
  .more {
    inline-size: 100%;
    margin-block-start: 4px;
    color: var(--_link);
  }

  @media (forced-colors: active) {
    mark {
      color: Highlight;
    }
  }
`;
