/** How loud one track is, for the meter of the preview and for who speaks. Reads only; sends nothing. */

const SAMPLES = 512;
/** Steps that a person can tell apart on a small bar. */
const STEPS = 20;

export class LevelMeter {
  #context: AudioContext | null = null;
  #source: MediaStreamAudioSourceNode | null = null;
  #analyser: AnalyserNode | null = null;
  readonly #buffer = new Float32Array(SAMPLES);
  #level = 0;

  /** 0 … 1, as of the last `read`. */
  get level(): number {
    return this.#level;
  }

  watch(track: MediaStreamTrack | null): void {
    this.#source?.disconnect();
    this.#source = null;
    this.#level = 0;
    if (track === null) return;
    this.#context ??= new AudioContext();
    this.#analyser ??= new AnalyserNode(this.#context, { fftSize: SAMPLES });
    this.#source = this.#context.createMediaStreamSource(new MediaStream([track]));
    this.#source.connect(this.#analyser);
    // A page that nobody has touched yet may not run it: the meter stays at zero then.
    this.#context.resume().catch(() => undefined);
  }

  /** True when it moved by a step. */
  read(): boolean {
    const before = this.#level;
    if (this.#source === null || this.#analyser === null) this.#level = 0;
    else {
      this.#analyser.getFloatTimeDomainData(this.#buffer);
      const power = this.#buffer.reduce((sum, sample) => sum + sample * sample, 0) / SAMPLES;
      const decibel = 10 * Math.log10(power + 1e-9);
      const share = Math.min(1, Math.max(0, (decibel + 60) / 50));
      this.#level = Math.round(share * STEPS) / STEPS;
    }
    return this.#level !== before;
  }

  close(): void {
    this.watch(null);
    this.#context?.close().catch(() => undefined); // closed already
    this.#context = null;
  }
}
