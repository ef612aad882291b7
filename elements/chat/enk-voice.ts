import { filesServiceContext, ServiceController, type ContactId } from '@enk/context';
import {
  baseStyles,
  buttonStyles,
  errorText,
  icon,
  strings,
  timeText,
  type Waveform,
  waveformOf,
  waveformTag,
} from '@enk/internal';
import { css, html, LitElement, nothing, type PropertyValues, type TemplateResult } from 'lit';
import { property, state } from 'lit/decorators.js';
import { VoiceRecorder } from './voice-recorder.ts';

const MAX_MINUTES = 15;

/** Something is being spoken or waits to be sent: it needs the place of the text. */
export class EnkVoiceChangeEvent extends Event {
  static readonly type = 'enk-voice-change';
  constructor(readonly isBusy: boolean) {
    super(EnkVoiceChangeEvent.type, { bubbles: true });
  }
}

type Step =
  | { readonly kind: 'idle' }
  | { readonly kind: 'asking' }
  | { readonly kind: 'recording'; readonly recorder: VoiceRecorder; readonly sinceMs: number }
  | {
      readonly kind: 'ready';
      readonly file: File;
      readonly waveform: Waveform;
      readonly load: () => Promise<Blob>;
    }
  | { readonly kind: 'sending' };

const IDLE: Step = { kind: 'idle' };

/**
 * A voice message: recorded, listened to, then sent as an attachment, or discarded. The microphone is on only while the
 * timer runs; nothing leaves memory before it is sealed.
 *
 * @event enk-voice-change - It needs the place of the text, or not any more.
 */
export class EnkVoice extends LitElement {
  static override styles = [
    ...baseStyles,
    buttonStyles,
    css`
      :host {
        display: block;
      }
      .icon-button {
        inline-size: 40px;
        block-size: 40px;
        border-radius: 50%;
      }
      .bar {
        display: flex;
        align-items: center;
        gap: 8px;
        min-block-size: 40px;
      }
      .go {
        background: var(--_accent);
        color: var(--_on-accent);
      }
      .go:hover {
        background: var(--_accent-hover);
        color: var(--_on-accent);
      }
      .time {
        font-variant-numeric: tabular-nums;
      }
      .dot {
        flex: none;
        inline-size: 10px;
        block-size: 10px;
        border-radius: 50%;
        background: var(--_danger);
      }
      meter {
        flex: 1;
        min-inline-size: 3rem;
        block-size: 10px;
      }
      enk-voice-player {
        flex: 1;
        min-inline-size: 0;
      }
      .words {
        flex: 1;
        color: var(--_text-muted);
      }
      .note {
        position: absolute;
        inset-inline: 12px;
        inset-block-end: 100%;
        padding: 8px 12px;
        border-radius: var(--_radius);
        background: var(--_raised);
        box-shadow: var(--_shadow);
        color: var(--_danger);
        font-size: var(--_size-small);
      }
    `,
  ];

  @property({ attribute: false }) contactId: ContactId | undefined;
  @state() private step: Step = IDLE;
  @state() private level = 0;
  @state() private nowMs = 0;
  @state() private error = '';
  readonly #files = new ServiceController(this, filesServiceContext);
  /** Counts attempts: what comes late belongs to none. */
  #attempt = 0;

  override disconnectedCallback(): void {
    super.disconnectedCallback();
    this.#discard();
  }

  /** What was spoken for one is not sent to another. */
  protected override willUpdate(changed: PropertyValues<this>): void {
    const was = changed.get('contactId');
    if (was !== undefined && was !== this.contactId) this.#discard();
  }

  protected override render(): TemplateResult | typeof nothing {
    if (!this.#files.service) return nothing;
    return html`${this.#content()}
    ${this.error ? html`<p class="note" role="alert" data-testid="voice-error">${this.error}</p>` : nothing}`;
  }

  #content(): TemplateResult {
    const texts = strings().voice;
    const { step } = this;
    switch (step.kind) {
      case 'idle':
        return this.#button('mic', 'record', texts.record, () => void this.#record());
      case 'asking':
      case 'sending':
        return html`<div class="bar">
          <span class="words" role="status">${step.kind === 'asking' ? texts.asking : texts.sending}</span>
          ${step.kind === 'asking' ? this.#button('close', 'discard', texts.discard, () => this.#discard()) : nothing}
        </div>`;
      case 'recording':
        return html`<div class="bar" data-testid="voice-recording" @keydown=${this.#onKeydown}>
          ${this.#button('trash', 'discard', texts.discard, () => this.#discard())}
          <span class="dot" aria-hidden="true"></span>
          <span class="time" role="timer" data-testid="voice-timer" aria-label=${texts.recording}
            >${timeText((this.nowMs - step.sinceMs) / 1_000)}</span
          >
          <meter min="0" max="1" value=${this.level} aria-label=${texts.level}></meter>
          ${this.#button('check', 'stop', texts.stop, () => void this.#stop())}
        </div>`;
      case 'ready':
        return html`<div class="bar" data-testid="voice-ready" @keydown=${this.#onKeydown}>
          ${this.#button('trash', 'discard', texts.discard, () => this.#discard())}
          <enk-voice-player
            .waveform=${step.waveform}
            .load=${step.load}
            label=${texts.ready}
          ></enk-voice-player>
          ${this.#button('send', 'send', texts.send, () => void this.#send(step.file))}
        </div>`;
    }
  }

  #button(name: Parameters<typeof icon>[0], testId: string, label: string, act: () => void): TemplateResult {
    const isMain = testId === 'stop' || testId === 'send';
    return html`<button
      class="icon-button ${isMain ? 'go' : ''}"
      type="button"
      data-testid="voice-${testId}"
      aria-label=${label}
      title=${label}
      @click=${act}
    >
      ${icon(name)}
    </button>`;
  }

  async #record(): Promise<void> {
    const texts = strings().voice;
    this.error = '';
    if (!VoiceRecorder.isSupported) return void (this.error = texts.unsupported);
    const attempt = ++this.#attempt;
    this.#go({ kind: 'asking' });
    try {
      const recorder = await VoiceRecorder.start({
        onLevel: level => this.#onLevel(attempt, level),
        onEnded: () => void this.#stop(),
      });
      if (attempt !== this.#attempt) return recorder.cancel();
      this.nowMs = performance.now();
      this.#go({ kind: 'recording', recorder, sinceMs: this.nowMs }, 'voice-stop');
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.error = wordsOf(error);
      this.#go(IDLE, 'voice-record');
    }
  }

  #onLevel(attempt: number, level: number): void {
    if (attempt !== this.#attempt || this.step.kind !== 'recording') return;
    this.level = level;
    this.nowMs = performance.now();
    if (this.nowMs - this.step.sinceMs < MAX_MINUTES * 60_000) return;
    this.error = strings().voice.tooLong(MAX_MINUTES);
    void this.#stop();
  }

  async #stop(): Promise<void> {
    if (this.step.kind !== 'recording') return;
    const { recorder } = this.step;
    const attempt = ++this.#attempt;
    this.#go({ kind: 'sending' });
    try {
      const { blob, levels } = await recorder.stop();
      const bars = waveformOf(levels);
      let durationS = 0;
      const { voiceFile } = await import('@enk/preview');
      const tag = (seconds: number): readonly [string, string] =>
        waveformTag({ bars, durationS: (durationS = seconds) });
      const file = await voiceFile({ blob, tag }, strings().voice.name(stamp(new Date())));
      if (attempt !== this.#attempt) return;
      const load = (): Promise<Blob> => Promise.resolve(file);
      this.#go({ kind: 'ready', file, waveform: { bars, durationS }, load }, 'voice-send');
    } catch {
      if (attempt !== this.#attempt) return;
      this.error = strings().voice.failed; // what was recorded is no sound that can be sent
      this.#go(IDLE, 'voice-record');
    }
  }

  async #send(file: File): Promise<void> {
    const { contactId, step } = this;
    const { service } = this.#files;
    if (contactId === undefined || !service || step.kind !== 'ready') return;
    this.error = '';
    const attempt = ++this.#attempt;
    this.#go({ kind: 'sending' });
    try {
      await service.attach(contactId, file, '');
      if (attempt === this.#attempt) this.#go(IDLE, 'voice-record');
    } catch (error) {
      if (attempt !== this.#attempt) return;
      this.error = errorText(error);
      this.#go(step, 'voice-send');
    }
  }

  #discard(): void {
    this.#attempt++;
    if (this.step.kind === 'recording') this.step.recorder.cancel();
    if (this.step.kind !== 'idle') this.#go(IDLE, this.isConnected ? 'voice-record' : undefined);
  }

  #onKeydown(event: KeyboardEvent): void {
    if (event.key !== 'Escape') return;
    event.stopPropagation();
    this.#discard();
  }

  /** `focus`: which control has it then. */
  #go(step: Step, focus?: string): void {
    const hadFocus = this.renderRoot instanceof ShadowRoot && this.renderRoot.activeElement !== null;
    this.step = step;
    this.dispatchEvent(new EnkVoiceChangeEvent(step.kind !== 'idle'));
    if (focus === undefined || !(hadFocus || this.matches(':focus-within') || step.kind !== 'idle')) return;
    void this.updateComplete.then(() =>
      this.renderRoot.querySelector<HTMLElement>(`[data-testid="${focus}"]`)?.focus(),
    );
  }
}

function wordsOf(error: unknown): string {
  const texts = strings().voice;
  const name = error instanceof DOMException ? error.name : '';
  if (name === 'NotAllowedError' || name === 'SecurityError') return texts.denied;
  return name === 'NotFoundError' ? texts.none : texts.failed;
}

/** `2026-11-30 19.14`: file systems take no colons. */
function stamp(date: Date): string {
  const two = (value: number): string => String(value).padStart(2, '0');
  const day = `${date.getFullYear()}-${two(date.getMonth() + 1)}-${two(date.getDate())}`;
  return `${day} ${two(date.getHours())}.${two(date.getMinutes())}`;
}

declare global {
  interface HTMLElementTagNameMap {
    'enk-voice': EnkVoice;
  }
  interface HTMLElementEventMap {
    'enk-voice-change': EnkVoiceChangeEvent;
  }
}
