import { css } from 'lit';

/** No box of its own: the page lays its content out. Only the colour scheme is decided here. */
export const providerStyles = css`
  :host {
    display: contents;
    color-scheme: light dark;
  }
  :host([theme='light']) {
    color-scheme: light;
  }
  :host([theme='dark']) {
    color-scheme: dark;
  }
`;
