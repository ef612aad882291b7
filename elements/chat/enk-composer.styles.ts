import { css } from 'lit';

export const composerStyles = css`
  :host {
    display: block;
    position: relative; /* holds the notes of its tools */
    padding: 8px 12px 12px;
    background: var(--_background);
  }
  form {
    display: flex;
    align-items: flex-end;
    gap: 8px;
  }
  .spoken textarea,
  .spoken .send,
  .spoken ::slotted(enk-attach) {
    display: none;
  }
  .spoken ::slotted(enk-voice) {
    flex: 1;
    min-inline-size: 0;
  }
  textarea {
    flex: 1;
    min-inline-size: 0;
    max-block-size: min(40cqb, 168px);
    min-block-size: 40px;
    padding: 8px 16px;
    border: 1px solid var(--_control-border);
    border-radius: 20px;
    background: var(--_raised);
    color: var(--_text);
    font: inherit;
    font-size: max(16px, var(--_size));
    line-height: 22px;
    resize: none;
    overflow-y: auto;
    scrollbar-width: thin;
    unicode-bidi: plaintext;
  }
  textarea::placeholder {
    color: var(--_text-muted);
    opacity: 1;
  }
  textarea:focus-visible {
    outline-width: 1px;
    outline-offset: 0;
    border-color: var(--_link);
  }
  .send {
    display: grid;
    place-items: center;
    flex: none;
    inline-size: 40px;
    block-size: 40px;
    padding: 0;
    border: 0;
    border-radius: 50%;
    background: var(--_accent);
    color: var(--_on-accent);
    cursor: pointer;
    transition: background-color var(--_motion);
  }
  .send:hover {
    background: var(--_accent-hover);
  }
  .send[aria-disabled='true'] {
    background: var(--_hover);
    color: var(--_text-muted);
    cursor: default;
  }
  .error {
    padding: 0 16px 8px;
  }
  @media (forced-colors: active) {
    .send {
      border: 1px solid;
    }
  }
`;
