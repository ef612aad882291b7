import { baseStyles, icon, strings } from '@enk/internal';
import type { CallQuality, ContactView } from '@enk/context';
import { css, html, LitElement, nothing, type TemplateResult } from 'lit';
import { property, query } from 'lit/decorators.js';

/** What a tile says beside the picture. */
export interface TileState {
  readonly words: string;
  readonly hasPicture: boolean;
  readonly hasMicrophone: boolean;
  readonly isHandRaised: boolean;
  readonly isSpeaking: boolean;
  readonly quality: CallQuality | null;
}

/** One member of a call: the picture, or who it is, and how it stands. */
export class EnkCallTile extends LitElement {
  static override styles = [
    ...baseStyles,
    css`
      :host {
        position: relative;
        display: grid;
        place-items: center;
        min-block-size: 0;
        min-inline-size: 0;
        border-radius: var(--_radius-large);
        background: #24262d;
        overflow: hidden;
        color: #fff;
      }
      :host([speaking]) {
        outline: 2px solid #7fa2ff;
        outline-offset: -2px;
      }
      video {
        position: absolute;
        inset: 0;
        inline-size: 100%;
        block-size: 100%;
        object-fit: cover;
      }
      video.whole {
        object-fit: contain;
      }
      video.mirrored {
        scale: -1 1;
      }
      video[hidden] {
        display: block;
        visibility: hidden;
      }
      enk-avatar {
        --enk-avatar-size: clamp(40px, 30cqmin, 112px);
      }
      .bar {
        position: absolute;
        inset-inline: 8px;
        inset-block-end: 8px;
        display: flex;
        align-items: center;
        gap: 6px;
        min-inline-size: 0;
      }
      .tag {
        display: inline-flex;
        align-items: center;
        gap: 6px;
        max-inline-size: 100%;
        padding: 3px 10px;
        border-radius: 999px;
        background: rgb(12 13 16 / 78%);
        font-size: var(--_size-small);
      }
      .tag bdi {
        overflow: hidden;
        text-overflow: ellipsis;
        white-space: nowrap;
      }
      .tag span {
        white-space: nowrap;
      }
      .frame {
        position: absolute;
        inset: 0;
        display: grid;
        place-items: center;
        container-type: size;
      }
    `,
  ];

  @property({ attribute: false }) stream: MediaStream | null = null;
  @property({ attribute: false }) contact: ContactView | undefined;
  @property({ attribute: false }) name = '';
  @property({ attribute: false }) state!: TileState;
  /** Ours: never played aloud, and shown as in a mirror. */
  @property({ type: Boolean }) own = false;
  /** All of the picture: a screen. */
  @property({ type: Boolean }) whole = false;
  @property({ type: Boolean }) silent = false;
  @property({ type: Boolean, reflect: true }) speaking = false;
  @property({ attribute: false }) speaker = '';

  @query('video') readonly video!: HTMLVideoElement | null;

  protected override render(): TemplateResult {
    const { state } = this;
    const texts = strings().call;
    return html`<div class="frame">
        ${state.hasPicture ? nothing : html`<enk-avatar .identityKey=${this.contact?.identityKey ?? null} .name=${this.name}></enk-avatar>`}
      </div>
      <video
        class="${this.own && !this.whole ? 'mirrored' : ''} ${this.whole ? 'whole' : ''}"
        .srcObject=${this.stream}
        .muted=${this.own || this.silent}
        ?hidden=${!state.hasPicture}
        autoplay
        playsinline
        disablepictureinpicture=${this.own ? '' : nothing}
        aria-label=${this.name}
      ></video>
      <div class="bar">
        <p class="tag">
          ${state.hasMicrophone ? nothing : html`<span role="img" aria-label=${texts.micOff}>${icon('mic-off', 14)}</span>`}
          <bdi>${this.name}</bdi>
          ${state.words === '' ? nothing : html`<span>${state.words}</span>`}
          ${state.isHandRaised ? html`<span role="img" aria-label=${texts.handRaised}>✋</span>` : nothing}
        </p>
        ${
          state.quality === 'fair' || state.quality === 'poor'
            ? html`<p class="tag">${texts.quality[state.quality]}</p>`
            : nothing
        }
      </div>`;
  }

  protected override updated(): void {
    const video = this.video as (HTMLVideoElement & { setSinkId?(id: string): Promise<void> }) | null;
    // A page that may not play yet does so after the next touch; a speaker that is gone is the system's again.
    if (video?.paused && video.srcObject !== null) video.play().catch(() => undefined);
    if (this.speaker !== '' && !this.own) video?.setSinkId?.(this.speaker).catch(() => undefined);
  }
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-call-tile': EnkCallTile;
  }
}
