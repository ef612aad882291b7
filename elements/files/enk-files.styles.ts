import { css } from 'lit';

export const filesStyles = css`
  :host {
    display: block;
    container-type: inline-size;
    padding: 16px;
    background: var(--_background);
    color: var(--_text);
  }
  .over {
    outline: 2px dashed var(--_link);
    outline-offset: 6px;
    border-radius: var(--_radius);
  }
  .tools {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 8px;
    margin-block-end: 16px;
  }
  .tools .input,
  .tools .button {
    block-size: 40px;
  }
  .search {
    flex: 1 1 12rem;
  }
  .sort {
    flex: 0 1 9rem;
  }
  h2 {
    margin-block: 20px 8px;
    font-size: var(--_size-small);
    font-weight: 600;
    color: var(--_text-muted);
  }
  ul {
    display: grid;
    gap: 2px;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  ul.grid {
    grid-template-columns: repeat(auto-fill, minmax(10.5rem, 1fr));
    gap: 12px;
  }
  .button.layout {
    inline-size: 40px;
    padding: 0;
  }
  @container (inline-size < 36rem) {
    .button.layout {
      margin-inline-start: auto;
    }
  }
  .crumbs {
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    margin: 0 0 8px;
    padding: 0;
    list-style: none;
  }
  .crumbs li {
    display: flex;
    align-items: center;
    min-inline-size: 0;
  }
  .crumbs li + li::before {
    content: '›';
    margin-inline: 4px;
    color: var(--_text-muted);
  }
  .crumbs .button {
    max-inline-size: 14rem;
    padding-inline: 8px;
    color: var(--_link);
  }
  .crumbs .button[aria-current] {
    color: var(--_text);
    font-weight: 600;
  }
  .crumbs bdi {
    overflow: hidden;
    text-overflow: ellipsis;
    white-space: nowrap;
  }
  .naming {
    margin-block-end: 12px;
  }
  li.target {
    outline: 2px solid var(--_link);
    outline-offset: -2px;
    border-radius: var(--_radius);
  }
  .selection {
    position: sticky;
    z-index: 1;
    inset-block-start: 0;
    display: flex;
    flex-wrap: wrap;
    align-items: center;
    gap: 8px;
    margin-block-end: 8px;
    padding: 6px 8px 6px 16px;
    border-radius: var(--_radius);
    background: var(--_selected);
  }
  .selection span {
    flex: 1;
    font-weight: 500;
    font-variant-numeric: tabular-nums;
  }
  .transfers {
    gap: 8px;
  }
  .transfers li {
    padding: 12px;
    border: 1px solid var(--_border);
    border-radius: var(--_radius-large);
    background: var(--_raised);
  }
  .empty {
    padding: 40px 16px;
    text-align: center;
    color: var(--_text-muted);
  }
  .empty p:first-child {
    color: var(--_text);
    font-weight: 500;
  }
  .toast {
    position: sticky;
    inset-block-end: 12px;
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
    margin-block-start: 12px;
    padding: 8px 8px 8px 16px;
    border-radius: var(--_radius);
    background: var(--_raised);
    box-shadow: var(--_shadow);
  }
  .toast bdi {
    overflow-wrap: anywhere;
  }
  .switch {
    display: grid;
    grid-template-columns: auto 1fr;
    gap: 2px 10px;
    margin-block-start: 24px;
    padding-block-start: 16px;
    border-block-start: 1px solid var(--_border);
  }
  .switch input {
    inline-size: 18px;
    block-size: 18px;
    margin: 2px 0 0;
    accent-color: var(--_accent);
  }
  .switch .hint {
    grid-column: 2;
  }
`;

export const fileRowStyles = css`
  :host {
    display: block;
    border-radius: var(--_radius);
  }
  :host(:hover) {
    background: var(--_hover);
  }
  :host([selected]) {
    background: var(--_selected);
  }
  .box {
    inline-size: 18px;
    block-size: 18px;
    margin: 3px;
    accent-color: var(--_accent);
  }
  .row {
    display: grid;
    grid-template-columns: auto auto 1fr auto;
    align-items: center;
    gap: 2px 12px;
    padding: 8px;
  }
  .mark {
    inline-size: 40px;
    block-size: 40px;
  }
  .sign {
    display: grid;
    place-items: center;
    border-radius: var(--_radius);
    background: var(--_hover);
    color: var(--_text-muted);
  }
  dl.panel {
    display: grid;
    gap: 4px;
    margin: 0;
  }
  dl.panel > div {
    display: flex;
    gap: 8px;
  }
  dl.panel dt {
    inline-size: 5rem;
    flex: none;
    color: var(--_text-muted);
  }
  dl.panel dd {
    margin: 0;
    overflow-wrap: anywhere;
  }
  :host([layout='grid']) {
    block-size: 100%;
    border: 1px solid var(--_border);
    overflow: hidden;
  }
  :host([layout='grid']) .row {
    position: relative;
    grid-template-columns: minmax(0, 1fr);
    grid-template-rows: auto 1fr auto;
    align-items: start;
    gap: 8px;
    block-size: 100%;
    padding: 6px;
  }
  :host([layout='grid']) .box {
    position: absolute;
    z-index: 1;
    inset-block-start: 12px;
    inset-inline-start: 12px;
  }
  :host([layout='grid']) .mark {
    inline-size: 100%;
    block-size: auto;
    aspect-ratio: 4 / 3;
  }
  :host([layout='grid']) .name {
    display: -webkit-box;
    -webkit-line-clamp: 2;
    -webkit-box-orient: vertical;
    overflow: hidden;
  }
  :host([layout='grid']) .actions {
    grid-column: 1;
    justify-content: space-between;
  }
  :host([layout='grid']) .actions .icon-button {
    inline-size: 30px;
    block-size: 32px;
  }
  :host([layout='grid']) .panel {
    padding: 4px 8px 12px;
  }
  .name {
    padding: 0;
    border: 0;
    background: none;
    overflow-wrap: anywhere;
    font-weight: 500;
    text-align: start;
    cursor: pointer;
  }
  .name:hover {
    text-decoration: underline;
  }
  .facts {
    color: var(--_text-muted);
    font-size: var(--_size-small);
  }
  .warning {
    color: var(--_warning);
    font-size: var(--_size-small);
  }
  .actions {
    display: flex;
    flex-wrap: wrap;
    justify-content: end;
  }
  .panel {
    display: flex;
    flex-wrap: wrap;
    align-items: end;
    gap: 8px;
    padding: 4px 8px 12px 56px;
  }
  .panel .input {
    flex: 1 1 12rem;
    inline-size: auto;
  }
  .panel ol {
    flex: 1 1 100%;
    margin: 0;
    padding: 0;
    list-style: none;
  }
  .panel li {
    display: flex;
    align-items: center;
    justify-content: space-between;
    gap: 12px;
  }
  @container (inline-size < 30rem) {
    .row {
      grid-template-columns: auto auto 1fr;
    }
    .actions {
      grid-column: 3;
      justify-content: start;
    }
    .panel {
      padding-inline-start: 8px;
    }
  }
`;
