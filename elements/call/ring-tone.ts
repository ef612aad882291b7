/** The ring, made of two sine waves: no file is fetched. `incoming` calls a person; `outgoing` tells that it rings there. */

type Ring = 'incoming' | 'outgoing';

/** Hertz, seconds on and off; soft enough for a quiet room. */
const RINGS: Readonly<
  Record<Ring, { readonly tones: readonly number[]; onS: number; everyS: number; gain: number }>
> = {
  incoming: { tones: [587.33, 880], onS: 0.9, everyS: 2.4, gain: 0.12 },
  outgoing: { tones: [425], onS: 1, everyS: 4, gain: 0.05 },
};

export class RingTone {
  #context: AudioContext | null = null;
  #timer: ReturnType<typeof setInterval> | undefined;
  #playing: Ring | null = null;

  get playing(): Ring | null {
    return this.#playing;
  }

  /** Plays this ring, or none. */
  play(ring: Ring | null): void {
    if (ring === this.#playing) return;
    clearInterval(this.#timer);
    this.#playing = ring;
    if (ring === null) return void this.#stop();
    this.#context = new AudioContext();
    this.#sound(ring);
    this.#timer = setInterval(() => this.#sound(ring), RINGS[ring].everyS * 1_000);
  }

  #sound(ring: Ring): void {
    const context = this.#context;
    if (context === null) return;
    // Before the first touch a page may not sound: the screen rings then, and the sound joins later.
    context.resume().catch(() => undefined);
    const { tones, onS, gain } = RINGS[ring];
    const start = context.currentTime;
    const volume = new GainNode(context, { gain: 0 });
    volume.connect(context.destination);
    volume.gain.setTargetAtTime(gain, start, 0.02);
    volume.gain.setTargetAtTime(0, start + onS - 0.1, 0.04);
    tones.forEach((frequency, index) => {
      const tone = new OscillatorNode(context, { frequency });
      tone.connect(volume);
      tone.start(start + (index * onS) / (tones.length * 2));
      tone.stop(start + onS + 0.2);
    });
  }

  #stop(): void {
    this.#context?.close().catch(() => undefined); // closed already
    this.#context = null;
  }
}
