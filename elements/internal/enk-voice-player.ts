import { css, html, LitElement, nothing, svg, type PropertyValues, type TemplateResult } from 'lit';
import { property, query, state } from 'lit/decorators.js';
import { baseStyles } from './base.styles.ts';
import { buttonStyles } from './controls.styles.ts';
import { icon } from './icons.ts';
import { errorText, strings } from './strings.ts';
import { type Waveform, WAVEFORM_BARS } from './waveform.ts';

const SPEEDS = [1, 1.5, 2] as const;
/** One at a time: who starts one stops the other. */
let playing: EnkVoicePlayer | null = null;

/**
 * A voice message: play, pause, its shape with the place in it (a slider for keys and pointer), and how fast. The sound is
 * had when somebody plays it, not before.
 */
export class EnkVoicePlayer extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: flex;
        align-items: center;
        gap: 8px;
        min-inline-size: min(16rem, 100%);
      }
      .play {
        inline-size: 40px;
        block-size: 40px;
        border-radius: 50%;
        background: var(--_accent);
        color: var(--_on-accent);
      }
      .play:hover {
        background: var(--_accent-hover);
        color: var(--_on-accent);
      }
      .shape {
        position: relative;
        flex: 1;
        min-inline-size: 0;
        block-size: 32px;
      }
      .shape svg {
        display: block;
        inline-size: 100%;
        block-size: 100%;
        fill: currentColor;
      }
      .shape rect {
        opacity: 0.35;
      }
      .shape rect.played {
        opacity: 1;
        fill: var(--_accent);
      }
      .shape svg:dir(rtl) {
        scale: -1 1;
      }
      .shape input {
        position: absolute;
        inset: 0;
        inline-size: 100%;
        block-size: 100%;
        margin: 0;
        opacity: 0;
        cursor: pointer;
      }
      .shape:has(input:focus-visible) {
        outline: 2px solid var(--_link);
        outline-offset: 2px;
        border-radius: 4px;
      }
      .time {
        min-inline-size: 2.75rem;
        font-size: var(--_size-small);
        font-variant-numeric: tabular-nums;
        text-align: end;
      }
      .speed {
        min-inline-size: 2.75rem;
        min-block-size: 28px;
        padding: 2px 6px;
        font-size: var(--_size-small);
        font-variant-numeric: tabular-nums;
      }
      .error {
        color: var(--_danger);
        font-size: var(--_size-small);
      }
      @media (forced-colors: active) {
        .shape rect.played {
          fill: Highlight;
        }
      }
    `,
  ];

  @property({ attribute: false }) waveform: Waveform = { bars: [], durationS: 0 };
  @property() label = '';
  /** Gives the sound, as a Blob of an audio type. */
  @property({ attribute: false }) load: (() => Promise<Blob>) | undefined;
  @state() private url = '';
  @state() private isPlaying = false;
  @state() private atS = 0;
  @state() private durationS = 0;
  @state() private speed: (typeof SPEEDS)[number] = 1;
  @state() private error = '';
  @query('audio') private readonly audio!: HTMLAudioElement;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#stop();
    if (playing === this) playing = null;
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = '';
  }

  protected override willUpdate(changed: PropertyValues): void {
    if (changed.has('waveform') && !this.url) this.durationS = this.waveform.durationS;
    if (!changed.has('load') || changed.get('load') === undefined) return;
    if (this.url) URL.revokeObjectURL(this.url);
    this.url = '';
    [this.atS, this.durationS, this.isPlaying] = [0, this.waveform.durationS, false];
  }

  protected override render(): TemplateResult {
    const texts = strings().voice;
    const { atS, durationS, isPlaying } = this;
    const share = durationS > 0 ? atS / durationS : 0;
    const label = isPlaying ? texts.pause : texts.play;
    return html`<button
        class="icon-button play"
        type="button"
        data-testid="voice-play"
        aria-label="${label}: ${this.label}"
        title=${label}
        @click=${() => void this.#toggle()}
      >
        ${icon(isPlaying ? 'pause' : 'play')}
      </button>
      <div class="shape">
        <svg viewBox="0 0 ${WAVEFORM_BARS * 3} 32" preserveAspectRatio="none" aria-hidden="true">
          ${this.waveform.bars.map((level, at) => bar(level, at, at < share * WAVEFORM_BARS))}
        </svg>
        <input
          type="range"
          min="0"
          max="1000"
          step="any"
          data-testid="voice-seek"
          aria-label=${texts.seek}
          aria-valuetext=${texts.at(timeText(atS), timeText(durationS))}
          .value=${String(share * 1000)}
          ?disabled=${durationS === 0}
          @input=${this.#onSeek}
          @keydown=${this.#onKeydown}
        />
      </div>
      <span class="time" data-testid="voice-time">${timeText(isPlaying || atS > 0 ? atS : durationS)}</span>
      <button
        class="button speed"
        type="button"
        data-testid="voice-speed"
        aria-label=${texts.speed(this.speed)}
        title=${texts.speed(this.speed)}
        @click=${this.#nextSpeed}
      >
        ${this.speed}×
      </button>
      ${this.error ? html`<span class="error" role="alert">${this.error}</span>` : nothing}
      <audio
        hidden
        src=${this.url || nothing}
        @play=${() => (this.isPlaying = true)}
        @pause=${() => (this.isPlaying = false)}
        @timeupdate=${() => (this.atS = this.audio.currentTime)}
        @durationchange=${this.#onDuration}
        @ended=${() => (this.atS = this.audio.currentTime = 0)}
        @error=${() => (this.error = this.url ? texts.broken : '')}
      ></audio>`;
  }

  async #toggle(): Promise<void> {
    if (this.isPlaying) return this.#stop();
    this.error = '';
    try {
      await this.#have();
      if (playing !== null && playing !== this) playing.#stop();
      playing = this;
      this.audio.playbackRate = this.speed;
      await this.audio.play();
    } catch (error) {
      // A pause that comes before the sound has begun is no failure.
      if (!(error instanceof DOMException && error.name === 'AbortError')) this.error = errorText(error);
    }
  }

  async #have(): Promise<void> {
    if (this.url || !this.load) return;
    const blob = await this.load();
    if (!this.isConnected) return;
    this.url = URL.createObjectURL(blob);
    await this.updateComplete;
  }

  #stop(): void {
    this.audio?.pause();
  }

  #onDuration(): void {
    const { duration } = this.audio;
    if (Number.isFinite(duration)) this.durationS = duration;
  }

  #onSeek(event: Event): void {
    const share = Number((event.target as HTMLInputElement).value) / 1000;
    this.#seek(share * this.durationS);
  }

  /** Steps of five seconds, as players have them; a range with `any` step has too small ones of its own. */
  #onKeydown(event: KeyboardEvent): void {
    const steps: Readonly<Record<string, number>> = {
      ArrowRight: 5,
      ArrowUp: 5,
      ArrowLeft: -5,
      ArrowDown: -5,
    };
    const step = steps[event.key];
    if (step === undefined) return;
    event.preventDefault();
    event.stopPropagation(); // the list around it has arrows of its own
    this.#seek(this.atS + step);
  }

  /** Also of a sound that is not here yet: it begins there, then. */
  #seek(toS: number): void {
    this.atS = this.audio.currentTime = Math.min(this.durationS, Math.max(0, toS));
  }

  #nextSpeed(): void {
    this.speed = SPEEDS[(SPEEDS.indexOf(this.speed) + 1) % SPEEDS.length] ?? 1;
    this.audio.playbackRate = this.speed;
  }
}

function bar(level: number, at: number, isPlayed: boolean): unknown {
  const height = 3 + (level / 31) * 29;
  return svg`<rect class=${isPlayed ? 'played' : ''} x=${at * 3} y=${(32 - height) / 2} width="2" height=${height} rx="1" />`;
}

/** Minutes and seconds. */
export function timeText(seconds: number): string {
  const whole = Math.floor(seconds);
  return `${Math.floor(whole / 60)}:${String(whole % 60).padStart(2, '0')}`;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-voice-player': EnkVoicePlayer;
  }
}
